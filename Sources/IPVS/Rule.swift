package import Net

/// One line of a rule file: what it asks for, and where it stands.
///
/// The format is that of `ipvsadm -S` and `ipvsadm -R`: one command of ipvsadm per line, without
/// the program's name, in short or long options. Beyond what ipvsadm writes itself, thresholds
/// (`-x`, `-y`) are written as well, lines that begin with `#` are comments, and marks from 2^31
/// on are read both as they are and as the negative numbers that ipvsadm makes of them.
package struct Rule: Hashable, Sendable {
    /// What it asks for.
    package var operation: Operation
    /// The line of the file, from 1.
    package var line: Int

    /// What a line asks for.
    package init(_ operation: Operation, line: Int) {
        self.operation = operation
        self.line = line
    }
}

/// How a port is found by the name that it has in `/etc/services`; `nil` for a name that is not
/// there.
package typealias PortNames = @Sendable (_ name: String, _ transport: TransportProtocol) -> Port?
