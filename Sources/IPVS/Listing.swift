package import Net

/// The table as the kernel prints it in `/proc/net/ip_vs`: everything in one file, in the order of
/// the kernel's lists, for anybody to read.
///
/// It is many times cheaper than asking over netlink, and says less: nothing of thresholds, tunnel
/// forms and the flags of schedulers. It can also be wrong. The kernel prints it a page at a time
/// and finds its place again by counting services, those of other network namespaces too, so a
/// table that changes meanwhile, or a neighbour's, lets services be skipped or told twice. What it
/// shows is a reason to look, and no more.
package struct Listing: Hashable, Sendable {
    /// Where the kernel prints the table of this process's network namespace.
    package static let path = "/proc/net/ip_vs"

    /// The services, in an order that means nothing.
    package var services: [Service]

    /// A listing of these services.
    package init(services: [Service] = []) { self.services = services }

    /// A service and its destinations.
    package struct Service: Hashable, Sendable {
        /// What tells it apart.
        package var identity: Identity
        /// Its scheduler's name; `none` when it has none.
        package var scheduler: String
        /// Whether each packet is scheduled by itself; `nil` where that is not printed (IPv6).
        package var isOnePacket: Bool?
        /// Whether clients stay with their destination.
        package var isPersistent: Bool
        /// Its destinations in the kernel's order, last added first.
        package var destinations: [Destination]

        /// A service of these parts.
        package init(
            _ identity: Identity,
            scheduler: String,
            isOnePacket: Bool? = false,
            isPersistent: Bool = false,
            destinations: [Destination] = []
        ) {
            self.identity = identity
            self.scheduler = scheduler
            self.isOnePacket = isOnePacket
            self.isPersistent = isPersistent
            self.destinations = destinations
        }
    }

    /// What tells services apart here, where the family of a mark is not printed.
    package enum Identity: Hashable, Sendable {
        /// Packets to this address, protocol and port.
        case address(IPAddress, TransportProtocol, Port)
        /// Packets of some family with this mark.
        case mark(UInt32)
    }

    /// A destination.
    package struct Destination: Hashable, Sendable {
        /// Where packets go.
        package var endpoint: Endpoint
        /// How they get there.
        package var method: Method
        /// Its share of new connections.
        package var weight: Int
        /// Established connections.
        package var active: Int
        /// Other connections.
        package var inactive: Int

        /// A destination of these parts.
        package init(
            _ endpoint: Endpoint,
            _ method: Method,
            weight: Int,
            active: Int = 0,
            inactive: Int = 0
        ) {
            self.endpoint = endpoint
            self.method = method
            self.weight = weight
            self.active = active
            self.inactive = inactive
        }
    }

    /// The forwarding methods by the words of `ip_vs_fwd_name` (net/netfilter/ipvs/ip_vs_core.c).
    package enum Method: String, Hashable, Sendable, CaseIterable {
        case directRouting = "Route"
        case masquerade = "Masq"
        case tunnel = "Tunnel"
        case local = "Local"
        case bypass = "Bypass"
    }
}

// MARK: - Reading

extension Listing {
    /// Reads what the kernel printed (`ip_vs_info_seq_show`, net/netfilter/ipvs/ip_vs_ctl.c).
    ///
    /// Lines of a form that is not known, such as those of other protocols, are passed over with
    /// what belongs to them.
    ///
    /// - Throws: When it does not begin as the kernel begins it, so that nothing at all is never
    ///   taken for an empty table.
    package init(parsing content: [UInt8]) throws(ParseError) {
        self.init()
        var line = Line(of: content)
        guard line.take("IP Virtual Server version ") else {
            throw ParseError(Self.path, "does not begin as the kernel's table does")
        }
        // The destinations that follow belong to the service before them, if that could be read.
        var isKnown = false
        while line.next() {
            if line.take("  -> ") {
                guard isKnown, let destination = Destination(&line) else { continue }
                services[services.count - 1].destinations.append(destination)
            } else if let service = Service(&line) {
                services.append(service)
                isKnown = true
            } else {
                isKnown = false
            }
        }
    }

    /// A place in the content, and the end of the line it is in.
    ///
    /// Words are ranges of places, because a table has a hundred thousand of them.
    fileprivate struct Line {
        private let content: [UInt8]
        private var place = 0
        private var end: Int

        init(of content: [UInt8]) {
            self.content = content
            end = 0
            end = endOfLine(from: 0)
        }

        /// Goes to the next line; false when there is none.
        mutating func next() -> Bool {
            guard end < content.count else { return false }
            place = end + 1
            end = endOfLine(from: place)
            return place < content.count
        }

        private func endOfLine(from start: Int) -> Int {
            var place = start
            while place < content.count, content[place] != UInt8(ascii: "\n") { place += 1 }
            return place
        }

        /// Steps over `text` if the rest of the line begins with it.
        mutating func take(_ text: String) -> Bool {
            var place = place
            for byte in text.utf8 {
                guard place < end, content[place] == byte else { return false }
                place += 1
            }
            self.place = place
            return true
        }

        /// Steps over the next word, without the spaces before it; empty at the end of the line.
        mutating func word() -> Range<Int> {
            while place < end, content[place] == UInt8(ascii: " ") { place += 1 }
            let start = place
            while place < end, content[place] != UInt8(ascii: " ") { place += 1 }
            return start..<place
        }

        /// Whether `word` is `text`.
        func says(_ text: String, _ word: Range<Int>) -> Bool {
            word.count == text.utf8.count && content[word].elementsEqual(text.utf8)
        }

        /// The text of `word`.
        func text(_ word: Range<Int>) -> String { String(decoding: content[word], as: UTF8.self) }

        /// The next word as a decimal number.
        mutating func number() -> Int? {
            let word = word()
            guard !word.isEmpty, word.count < 16 else { return nil }
            var number = 0
            for place in word {
                let digit = content[place] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                number = number * 10 + Int(digit)
            }
            return number
        }

        /// The next word as eight hexadecimal digits.
        mutating func mark() -> UInt32? {
            hexadecimal(word(), digits: 8).map { UInt32(truncatingIfNeeded: $0) }
        }

        /// The next word as `%08X:%04X`, or as `[%pI6]:%04X`, which writes all 32 digits of an IPv6
        /// address with colons between groups of four.
        mutating func endpoint() -> Endpoint? {
            let word = word()
            let colon = word.upperBound - 5
            guard word.count > 5, content[colon] == UInt8(ascii: ":"),
                let port = hexadecimal(colon + 1..<word.upperBound, digits: 4)
            else { return nil }
            let host = word.lowerBound..<colon
            guard content[host.lowerBound] == UInt8(ascii: "[") else {
                return hexadecimal(host, digits: 8).map {
                    let address = IPAddress(v4: UInt32(truncatingIfNeeded: $0))
                    return Endpoint(address, Port(UInt16(truncatingIfNeeded: port)))
                }
            }
            // `[`, eight groups of four digits with seven colons, `]`
            guard host.count == 41, content[colon - 1] == UInt8(ascii: "]") else { return nil }
            var bits: UInt128 = 0
            for group in 0..<8 {
                let start = host.lowerBound + 1 + group * 5
                guard let part = hexadecimal(start..<start + 4, digits: 4),
                    group == 7 || content[start + 4] == UInt8(ascii: ":")
                else { return nil }
                bits = bits << 16 | UInt128(part)
            }
            return Endpoint(IPAddress(v6: bits), Port(UInt16(truncatingIfNeeded: port)))
        }

        /// The number that exactly so many hexadecimal digits of `word` stand for.
        private func hexadecimal(_ word: Range<Int>, digits: Int) -> UInt64? {
            guard word.count == digits else { return nil }
            var number: UInt64 = 0
            for place in word {
                let byte = content[place]
                let digit: UInt8
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte &- UInt8(ascii: "0")
                case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte &- UInt8(ascii: "A") &+ 10
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte &- UInt8(ascii: "a") &+ 10
                default: return nil
                }
                number = number << 4 | UInt64(digit)
            }
            return number
        }
    }
}

extension Listing.Service {
    /// `TCP  CB00710A:01BB mh ops persistent 300 FFFFFFFF`, or `FWM  00000007 rr`.
    fileprivate init?(_ line: inout Listing.Line) {
        let transport: TransportProtocol?
        if line.take("TCP ") {
            transport = .tcp
        } else if line.take("UDP ") {
            transport = .udp
        } else if line.take("SCTP ") {
            transport = .sctp
        } else if line.take("FWM ") {
            transport = nil
        } else {
            return nil
        }
        let identity: Listing.Identity
        if let transport {
            guard let endpoint = line.endpoint() else { return nil }
            identity = .address(endpoint.address, transport, endpoint.port)
        } else {
            guard let mark = line.mark() else { return nil }
            identity = .mark(mark)
        }
        let scheduler = line.word()
        guard !scheduler.isEmpty, scheduler.count <= IPVSLimits.nameLength else { return nil }
        var isOnePacket: Bool? = false
        if case .address(let address, _, _) = identity, address.family == .v6 { isOnePacket = nil }
        var isPersistent = false
        for _ in 0..<2 {
            let word = line.word()
            if line.says("ops", word) { isOnePacket = true }
            if line.says("persistent", word) { isPersistent = true }
        }
        self.init(
            identity,
            scheduler: line.text(scheduler),
            isOnePacket: isOnePacket,
            isPersistent: isPersistent
        )
    }
}

extension Listing.Destination {
    /// What follows the arrow: `0A14000B:01BB      Route   1      12         3`.
    fileprivate init?(_ line: inout Listing.Line) {
        guard let endpoint = line.endpoint() else { return nil }
        let word = line.word()
        guard let method = Listing.Method.allCases.first(where: { line.says($0.rawValue, word) }),
            let weight = line.number(), let active = line.number(), let inactive = line.number()
        else { return nil }
        self.init(endpoint, method, weight: weight, active: active, inactive: inactive)
    }
}
