import Net

/// Reads the lines that files mostly consist of.
///
/// They come in the one form in which ipvsadm writes them:
///
///     -A -t 203.0.113.10:80 -s rr
///     -a -t 203.0.113.10:80 -r 10.20.0.11:80 -g -w 1
///
/// Anything else about a line, and anything wrong with it, is for `RuleReader`, which knows every
/// form and every complaint. It first cuts a line into words; for the ten thousands of lines of a
/// large file that costs as much as the kernel takes to carry them out.
struct PlainRules {
    /// The digits of the largest number here, so that none can overflow: those of 65535.
    private static let mostDigits = 5

    private let text: [UInt8]
    private var at = 0
    private var end = 0
    /// The scheduler that was named last, which mostly is that of the next service, too.
    private var scheduler: (name: Range<Int>, known: Scheduler)?

    /// Reads from the bytes of a whole file.
    init(_ text: [UInt8]) { self.text = text }

    /// Where the line that begins at `start` ends, without its line feed.
    func lineEnd(from start: Int) -> Int {
        var end = start
        while end < text.count, text[end] != .lineFeed { end += 1 }
        return end
    }

    /// What the line in this range asks for; `nil` when that takes a closer look.
    mutating func operation(in line: Range<Int>) -> Operation? {
        at = line.lowerBound
        end = line.upperBound
        guard let isService = command(), let identity = service() else { return nil }
        guard let operation = isService ? addition(of: identity) : addition(to: identity),
            operation.refusal == nil
        else { return nil }
        return operation
    }

    /// `-A `, which is true, or `-a `.
    private mutating func command() -> Bool? {
        if take("-", "A", " ") { return true }
        return take("-", "a", " ") ? false : nil
    }

    /// `-t ADDRESS:PORT ` or the same with `-u`.
    private mutating func service() -> ServiceIdentity? {
        let transport: TransportProtocol
        if take("-", "t", " ") {
            transport = .tcp
        } else if take("-", "u", " ") {
            transport = .udp
        } else {
            return nil
        }
        guard let endpoint = endpoint(), take(" ") else { return nil }
        return .address(endpoint.address, transport, endpoint.port)
    }

    /// `-s SCHEDULER` and nothing more.
    private mutating func addition(of identity: ServiceIdentity) -> Operation? {
        guard take("-", "s", " ") else { return nil }
        let name = at..<end
        guard let scheduler = known(name) else { return nil }
        return .newService(Service(identity, scheduler: scheduler))
    }

    /// `-r ADDRESS:PORT -g -w WEIGHT` or the same with `-m`.
    private mutating func addition(to identity: ServiceIdentity) -> Operation? {
        guard take("-", "r", " "), let endpoint = endpoint(), take(" ") else { return nil }
        let forwarding: Forwarding
        if take("-", "g", " ") {
            forwarding = .directRouting
        } else if take("-", "m", " ") {
            forwarding = .masquerade
        } else {
            return nil
        }
        guard take("-", "w", " "), let weight = number(), at == end else { return nil }
        let destination = Destination(endpoint, forwarding: forwarding, weight: weight)
        return .newDestination(destination, of: identity)
    }

    // MARK: Words

    /// Goes past this byte, if it is the next.
    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard at < end, text[at] == UInt8(ascii: byte) else { return false }
        at += 1
        return true
    }

    /// Goes past these three bytes, if they are the next.
    private mutating func take(
        _ first: Unicode.Scalar,
        _ second: Unicode.Scalar,
        _ third: Unicode.Scalar
    ) -> Bool {
        guard end - at > 2, text[at] == UInt8(ascii: first), text[at + 1] == UInt8(ascii: second),
            text[at + 2] == UInt8(ascii: third)
        else { return false }
        at += 3
        return true
    }

    /// A decimal number without leading zeros.
    private mutating func number() -> Int? {
        let start = at
        var number = 0
        while at < end, at - start < Self.mostDigits {
            let digit = Int(text[at]) - Int(UInt8(ascii: "0"))
            guard (0...9).contains(digit) else { break }
            number = number * 10 + digit
            at += 1
        }
        guard at > start, at == start + 1 || text[start] != UInt8(ascii: "0") else { return nil }
        return number
    }

    /// An IPv4 address and a port.
    private mutating func endpoint() -> Endpoint? {
        var bits: UInt32 = 0
        for part in 0..<4 {
            guard part == 0 || take("."), let number = number(), number < 256 else { return nil }
            bits = bits << 8 | UInt32(number)
        }
        guard take(":"), let number = number(), let port = UInt16(exactly: number) else {
            return nil
        }
        return Endpoint(IPAddress(v4: bits), Port(port))
    }

    private mutating func known(_ name: Range<Int>) -> Scheduler? {
        if let scheduler, text[scheduler.name] == text[name] { return scheduler.known }
        do throws(ParseError) {
            let known = try Scheduler(parsing: String(decoding: text[name], as: UTF8.self))
            scheduler = (name, known)
            return known
        } catch {
            // What is wrong with it is said by who can point at it.
            return nil
        }
    }
}
