import Core
import Net

/// What the worker needs of a check: what is done, within which time, and from where.
///
/// When it is made, and what follows from its results, is nothing that the worker knows.
extension Check {
    /// Writes that; its port is spent in the endpoint of each target.
    func write(_ writer: inout WireWriter) {
        method.write(&writer)
        writer.put(timeout)
        origin.write(&writer)
    }

    /// Reads one.
    init(_ reader: inout WireReader) throws(WireFault) {
        let method = try Method(&reader)
        let timeout = try reader.duration()
        let origin = try ProbeOrigin(&reader)
        self.init(method: method, timeout: timeout, origin: origin)
    }
}

extension ProbeOrigin {
    /// Writes it.
    func write(_ writer: inout WireWriter) {
        writer.put(v4) { $0.put($1) }
        writer.put(v6) { $0.put($1) }
        writer.put(mark) { $0.put($1) }
    }

    /// Reads one.
    init(_ reader: inout WireReader) throws(WireFault) {
        self.init(
            v4: try reader.optional { reader throws(WireFault) in try reader.address() },
            v6: try reader.optional { reader throws(WireFault) in try reader.address() },
            mark: try reader.optional { reader throws(WireFault) in try reader.number() }
        )
        guard v4?.family ?? .v4 == .v4, v6?.family ?? .v6 == .v6 else {
            throw WireFault("a source address of the other family")
        }
    }
}

extension Check.Method {
    fileprivate func write(_ writer: inout WireWriter) {
        switch self {
        case .tcp: writer.put(UInt8(1))
        case .conversation(let dialogue):
            writer.put(UInt8(2))
            dialogue.write(&writer)
        case .datagram(let dialogue):
            writer.put(UInt8(3))
            dialogue.write(&writer)
        case .tls(let terms):
            writer.put(UInt8(4))
            terms.write(&writer)
        case .http(let expectation):
            writer.put(UInt8(5))
            expectation.write(&writer)
        case .dns(let expectation):
            writer.put(UInt8(6))
            expectation.write(&writer)
        case .icmp(let size):
            writer.put(UInt8(7))
            writer.put(UInt16(clamping: size))
        case .program(let terms):
            writer.put(UInt8(8))
            terms.write(&writer)
        case .agent(let sent):
            writer.put(UInt8(9))
            writer.put(sent)
        case .grpc(let expectation):
            writer.put(UInt8(10))
            writer.put(expectation.service)
            writer.put(expectation.host) { $0.put($1) }
            writer.put(expectation.tls) { $1.write(&$0) }
        }
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFault) {
        switch try reader.number(UInt8.self) {
        case 1: self = .tcp
        case 2: self = .conversation(try Dialogue(&reader))
        case 3: self = .datagram(try Dialogue(&reader))
        case 4: self = .tls(try TLSTerms(&reader))
        case 5: self = .http(try HTTPExpectation(&reader))
        case 6: self = .dns(try DNSExpectation(&reader))
        case 7: self = .icmp(size: Int(try reader.number(UInt16.self)))
        case 8: self = .program(try ProgramTerms(&reader))
        case 9: self = .agent(sent: try reader.run())
        case 10:
            self = .grpc(
                GRPCExpectation(
                    service: try reader.text(),
                    host: try reader.optional { reader throws(WireFault) in try reader.text() },
                    tls: try reader.optional { reader throws(WireFault) in try TLSTerms(&reader) }
                )
            )
        case let kind: throw WireFault("a check of the unknown kind \(kind)")
        }
    }
}

extension Dialogue {
    fileprivate func write(_ writer: inout WireWriter) {
        writer.put(sent)
        writer.put(expected) { $0.put($1) }
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFault) {
        self.init(
            sent: try reader.run(),
            expected: try reader.optional { reader throws(WireFault) in try reader.run() }
        )
    }
}

extension TLSTerms {
    fileprivate func write(_ writer: inout WireWriter) {
        writer.put(serverName) { $0.put($1) }
        writer.put(verifies)
        writer.put(authorities) { $0.put($1) }
        writer.put(UInt32(clamping: warnDays))
        writer.put(protocols) { $0.put($1) }
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFault) {
        self.init(
            serverName: try reader.optional { reader throws(WireFault) in try reader.text() },
            verifies: try reader.flag(),
            authorities: try reader.optional { reader throws(WireFault) in try reader.text() },
            warnDays: Int(try reader.number(UInt32.self)),
            protocols: try reader.list { reader throws(WireFault) in try reader.text() }
        )
    }
}

extension HTTPExpectation {
    fileprivate func write(_ writer: inout WireWriter) {
        writer.put(method.rawValue)
        writer.put(path)
        writer.put(host) { $0.put($1) }
        writer.put(fields) { writer, field in
            writer.put(field.name)
            writer.put(field.value)
        }
        writer.put(statuses) { writer, range in
            writer.put(UInt16(clamping: range.lowerBound))
            writer.put(UInt16(clamping: range.upperBound))
        }
        switch body {
        case nil: writer.put(UInt8(0))
        case .containing(let bytes):
            writer.put(UInt8(1))
            writer.put(bytes)
        case .sha256(let bytes):
            writer.put(UInt8(2))
            writer.put(bytes)
        }
        writer.put(tls) { $1.write(&$0) }
        writer.put(version == .http2)
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFault) {
        guard let method = Method(rawValue: try reader.text()) else {
            throw WireFault("an unknown method of HTTP")
        }
        self.init(
            method: method,
            path: try reader.text(),
            host: try reader.optional { reader throws(WireFault) in try reader.text() },
            fields: try reader.list { reader throws(WireFault) in
                Field(try reader.text(), try reader.text())
            },
            statuses: try reader.list { reader throws(WireFault) in
                let first = Int(try reader.number(UInt16.self))
                let last = Int(try reader.number(UInt16.self))
                guard first <= last else { throw WireFault("a range of statuses that is none") }
                return first...last
            },
            body: try Self.body(&reader),
            tls: try reader.optional { reader throws(WireFault) in try TLSTerms(&reader) }
        )
        version = try reader.flag() ? .http2 : .http1
    }

    private static func body(_ reader: inout WireReader) throws(WireFault) -> Body? {
        switch try reader.number(UInt8.self) {
        case 0: nil
        case 1: .containing(try reader.run())
        case 2: .sha256(try reader.run())
        case let kind: throw WireFault("a body of the unknown kind \(kind)")
        }
    }
}

extension DNSExpectation {
    fileprivate func write(_ writer: inout WireWriter) {
        writer.put(name)
        writer.put(type.rawValue)
        writer.put(transport == .tcp)
        writer.put(expected) { $0.put($1) }
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFault) {
        let name = try reader.text()
        guard let type = RecordType(rawValue: try reader.number()) else {
            throw WireFault("an unknown type of DNS record")
        }
        self.init(
            name: name,
            type: type,
            transport: try reader.flag() ? .tcp : .udp,
            expected: try reader.list { reader throws(WireFault) in try reader.text() }
        )
    }
}

extension ProgramTerms {
    fileprivate func write(_ writer: inout WireWriter) {
        writer.put(command) { $0.put($1) }
        writer.put(user) { $0.put($1) }
        writer.put(UInt32(clamping: megabytes))
    }

    fileprivate init(_ reader: inout WireReader) throws(WireFault) {
        self.init(
            command: try reader.list { reader throws(WireFault) in try reader.text() },
            user: try reader.optional { reader throws(WireFault) in try reader.text() },
            megabytes: Int(try reader.number(UInt32.self))
        )
    }
}
