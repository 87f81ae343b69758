/// A stretch of one line of the file; lines and columns count from 1, columns in Unicode scalars.
package struct Span: Hashable, Comparable, Sendable {
    /// The line.
    package let line: Int
    /// The column of its first character.
    package let column: Int
    /// The characters it covers; 1 or more.
    package let length: Int

    /// The first character of a file.
    package static let start = Span(line: 1, column: 1)

    /// The `length` characters from `column` of `line` on.
    package init(line: Int, column: Int, length: Int = 1) {
        self.line = line
        self.column = column
        self.length = max(1, length)
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
