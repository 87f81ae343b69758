import Core
import Net

// `checks`: what real servers must pass, by name or written where it is used.

/// The checks of a file.
struct Checks {
    /// What a check takes over unless it says otherwise.
    var defaults = CheckTiming()
    /// Those with a name of their own.
    var named: [String: CheckDraft] = [:]
    /// Those named after what they do, because they are written inline.
    var derived: [Check: String] = [:]
    /// The same, each time with its place.
    var inline: [CheckDraft] = []
    /// How many names each way of naming has given out.
    private var numbers: [String: Int] = [:]
    /// The names that exist, also those of checks that could not be read.
    var names: Set<String> = []
    /// Whether the section itself could be found, so that a missing name is missing.
    var areKnown = true
}

extension Reading {
    /// Reads `checks`.
    mutating func checks(_ node: YAMLNode?) -> Checks {
        var result = Checks()
        guard let node, let entries = entries(node, what: "`checks`") else { return result }
        // The defaults count for every check, also for one that stands above them.
        if let entry = entries.first(where: { $0.key == "defaults" }),
            let fields = fields(entry.value, of: .checkDefaults)
        {
            let before = errorCount
            let defaults = timing(fields)
            _ = merge(CheckTiming(), over: defaults, at: fields, judges: errorCount == before)
            // Wrong defaults are said once, not again at every check.
            if errorCount == before { result.defaults = defaults }
        }
        for entry in entries where entry.key != "defaults" {
            result.names.insert(entry.key)
            guard let name = name(entry.key, at: entry.keySpan, "checks"),
                let check = check(entry.value, defaults: result.defaults)
            else { continue }
            result.named[name.text] = CheckDraft(
                check: NamedCheck(name: name.text, check),
                span: entry.keySpan
            )
        }
        return result
    }

    /// Reads the checks of a service or a pool: a list, or `{ any: […] }`, of names or of checks
    /// written out.
    mutating func checkList(_ node: YAMLNode, _ checks: inout Checks) -> CheckListDraft {
        guard case .map(let entries) = node.content else {
            return self.list(node, "`checks`", &checks)
        }
        guard entries.map(\.key) == ["any"] else {
            refuse(
                .shape,
                at: node.span,
                "`checks` is a list, or `any` with a list, not another map",
                help: "write [a, b] where all must pass, or { any: [a, b] } where one is enough"
            )
            return CheckListDraft()
        }
        let value = entries[0].value
        if case .list(let items) = value.content, items.isEmpty {
            let message = "`any` is empty, so nothing could pass"
            refuse(.missing, at: entries[0].keySpan, message, help: "name two checks or more")
        }
        var draft = self.list(value, "`any`", &checks)
        draft.passing = .any
        return draft
    }

    private mutating func list(
        _ node: YAMLNode,
        _ what: String,
        _ checks: inout Checks
    ) -> CheckListDraft {
        guard let items = items(node, what: what, limit: Limits.checksPerService) else {
            return CheckListDraft()
        }
        var result: [(check: NamedCheck, span: Span)] = []
        for item in items {
            guard let check = listed(item, &checks) else { continue }
            if let other = result.first(where: { $0.check.check == check.check }) {
                refuse(
                    .duplicateCheck,
                    at: item.span,
                    "this check is already in the list, as `\(other.check.name)` at "
                        + source.place(of: other.span)
                )
                continue
            }
            result.append((check, item.span))
        }
        judge(agents: result)
        return CheckListDraft(checks: result.map(\.check), spans: result.map(\.span))
    }

    /// Refuses a second agent, and one that nothing else stands beside.
    private mutating func judge(agents checks: [(check: NamedCheck, span: Span)]) {
        let agents = checks.filter { $0.check.check.method.isAgent }
        if agents.count > 1 {
            refuse(
                .together,
                at: agents[1].span,
                "a service has one check of type `agent`, and there is one already: "
                    + "`\(agents[0].check.name)`",
                help: "two agents of one server could contradict each other"
            )
        }
        if let agent = agents.first, agents.count == checks.count {
            refuse(
                .together,
                at: agent.span,
                "`\(agent.check.name)` is of type `agent`, and nothing else is checked",
                help:
                    "an agent that is gone with its server changes nothing: add a check that fails"
            )
        }
    }

    /// Reads a check by its name, or one that is written out.
    mutating func listed(_ item: YAMLNode, _ checks: inout Checks) -> NamedCheck? {
        if case .map = item.content {
            guard let check = check(item, defaults: checks.defaults) else { return nil }
            let named = NamedCheck(name: checks.derivedName(of: check), check)
            checks.inline.append(CheckDraft(check: named, span: item.span))
            return named
        }
        guard let name = text(item, "checks") else { return nil }
        if checks.named[name] != nil {
            checks.named[name]?.isUsed = true
            return checks.named[name]?.check
        }
        // A check that could not be read has its own problem; its name is not wrong.
        if checks.areKnown, !checks.names.contains(name) {
            refuse(reference: name, at: item.span, what: "check", known: Array(checks.names))
        }
        return nil
    }

    /// Records that `name` is not the name of any `what`.
    mutating func refuse(reference name: String, at span: Span, what: String, known: [String]) {
        guard errorCount < Limits.suggestions else {
            refuse(.unknownReference, at: span, "there is no \(what) \(name.ticked)")
            return
        }
        let known = known.sorted()
        let hint = Spelling.nearest(to: name, among: known).map { "; did you mean `\($0)`?" } ?? ""
        let list = known.prefix(10).map(\.shown).ticked + (known.count > 10 ? ", …" : "")
        refuse(
            .unknownReference,
            at: span,
            "there is no \(what) \(name.ticked)\(hint)",
            help: known.isEmpty ? "`\(what)s` names none" : "`\(what)s` names \(list)"
        )
    }

    private mutating func check(_ node: YAMLNode, defaults: CheckTiming) -> Check? {
        guard let type = checkType(node) else { return nil }
        guard let fields = fields(node, of: type.section) else { return nil }
        let port = port(fields["port"], "port")
        let before = errorCount
        let own = type == .agent ? pace(fields) : timing(fields)
        var timing = merge(own, over: defaults, at: fields, judges: errorCount == before)
        guard let method = method(type, fields) else { return nil }
        let origin = origin(fields)
        let mode =
            type == .agent ? nil : word(fields["mode"], "mode", as: Check.Mode.self)
        if method.isAgent {
            // What it says is said, and that it says nothing is nothing: none of it is counted.
            timing.rise = 1
            timing.fall = 1
            timing.fastEvery = timing.every
        }
        let via = type == .agent ? .direct : via(fields, type, method, own)
        if own.hasSentinel == true, !method.isConnected {
            refuse(
                .together,
                at: fields.place(of: "sentinel"),
                "`sentinel` needs a check that makes a TCP connection, and this one does not",
                help: "leave it out here, or give the service another check of type `tcp`"
            )
        }
        return Check(
            method: method,
            port: port,
            every: timing.every ?? CheckTiming.usual.every,
            fastEvery: timing.fastEvery ?? CheckTiming.usual.fastEvery,
            timeout: timing.timeout ?? CheckTiming.usual.timeout,
            rise: timing.rise ?? CheckTiming.usual.rise,
            fall: timing.fall ?? CheckTiming.usual.fall,
            hasSentinel: method.isConnected && via == .direct
                && timing.hasSentinel ?? CheckTiming.usual.hasSentinel,
            mode: mode ?? .enforce,
            origin: origin,
            via: via
        )
    }

    /// What ping(8) sends.
    private static let echoBytes = 56

    private mutating func method(_ type: CheckType, _ fields: Fields) -> Check.Method? {
        switch type {
        case .tcp:
            let dialogue = dialogue(fields)
            return dialogue == Dialogue() ? .tcp : .conversation(dialogue)
        case .udp:
            guard required("send", of: fields, what: "a check of type `udp`") != nil else {
                return nil
            }
            return .datagram(dialogue(fields))
        case .tls: return .tls(terms(fields, protocols: protocols(fields["alpn"])))
        case .http: return .http(expectation(fields))
        case .https:
            var expectation = expectation(fields)
            // Nothing else is spoken here, and a server may have to be told.
            let spoken = expectation.version == .http2 ? "h2" : "http/1.1"
            expectation.tls = terms(fields, host: expectation.host, protocols: [spoken])
            return .http(expectation)
        case .grpc: return .grpc(health(fields))
        case .dns: return question(fields).map { .dns($0) }
        case .icmp:
            if fields["port"] != nil {
                let message = "a check of type `icmp` has no `port`: it asks the host"
                refuse(.together, at: fields.place(of: "port"), message)
            }
            return .icmp(size: number(fields["size"], "size", Limits.echoBytes) ?? Self.echoBytes)
        case .agent:
            guard required("port", of: fields, what: "a check of type `agent`") != nil else {
                return nil
            }
            return .agent(sent: fields["send"].flatMap { bytes($0, "send") } ?? [])
        case .exec: return program(fields).map { .program($0) }
        }
    }

    /// Reads `type` before anything else, because it says which other keys there can be.
    private mutating func checkType(_ node: YAMLNode) -> CheckType? {
        guard case .map(let entries) = node.content else {
            refuse(.shape, at: node.span, "a check is a map of keys, not \(node.kind)")
            return nil
        }
        guard let type = entries.first(where: { $0.key == "type" })?.value, !type.isNull else {
            let help = "allowed: \(CheckType.allCases.map(\.rawValue).ticked)"
            refuse(.missing, at: node.span, "a check has no `type`", help: help)
            return nil
        }
        return word(type, "type")
    }
}

// MARK: - Timing

extension CheckTiming {
    /// The timing of a check about which the file says nothing.
    fileprivate static var usual: Check { Check(method: .tcp) }
}

extension Reading {
    /// What a check says of its timing that counts nothing.
    private mutating func pace(_ fields: Fields) -> CheckTiming {
        CheckTiming(
            every: duration(fields["every"], "every", Limits.probeEvery...Limits.duration),
            timeout: duration(fields["timeout"], "timeout", Limits.probeTimeout...Limits.duration)
        )
    }

    private mutating func timing(_ fields: Fields) -> CheckTiming {
        var timing = pace(fields)
        let every = Limits.probeEvery...Limits.duration
        timing.fastEvery = duration(fields["fast-every"], "fast-every", every)
        timing.rise = number(fields["rise"], "rise", 1...Limits.streak)
        timing.fall = number(fields["fall"], "fall", 1...Limits.streak)
        timing.hasSentinel = flag(fields["sentinel"], "sentinel")
        return timing
    }

    /// What `own` says, completed by `defaults`; refuses what cannot go together.
    ///
    /// Values that nobody wrote give way: a check every 300 ms has a timeout of 300 ms, not an
    /// error about a second that the file does not contain. Nothing is judged where a value could
    /// not be read.
    private mutating func merge(
        _ own: CheckTiming,
        over defaults: CheckTiming,
        at fields: Fields,
        judges: Bool
    ) -> CheckTiming {
        let usual = CheckTiming.usual
        let every = own.every ?? defaults.every ?? usual.every
        let timeout = own.timeout ?? defaults.timeout
        let fastEvery = own.fastEvery ?? defaults.fastEvery
        if judges, let timeout, timeout > every {
            refuse(
                .checkTiming,
                at: (fields["timeout"] ?? fields["every"])?.span ?? fields.span,
                "`timeout` (\(timeout.written)) is longer than `every` (\(every.written))",
                help: "a probe must end before the next one begins"
            )
        }
        if judges, let fastEvery, fastEvery > every {
            refuse(
                .checkTiming,
                at: (fields["fast-every"] ?? fields["every"])?.span ?? fields.span,
                "`fast-every` (\(fastEvery.written)) is longer than `every` (\(every.written))",
                help: "it is the shorter time between probes while a change is being confirmed"
            )
        }
        return CheckTiming(
            every: every,
            fastEvery: fastEvery ?? min(usual.fastEvery, every),
            timeout: timeout ?? min(usual.timeout, every),
            rise: own.rise ?? defaults.rise,
            fall: own.fall ?? defaults.fall,
            hasSentinel: own.hasSentinel ?? defaults.hasSentinel
        )
    }
}

// MARK: - Names

extension Checks {
    /// All of them, in the order of the file.
    var all: [CheckDraft] { (named.values + inline).sorted { $0.span < $1.span } }

    /// A name for a check that has none: what it does, told apart from others by a number.
    mutating func derivedName(of check: Check) -> String {
        if let name = derived[check] { return name }
        var base = ([check.method.word] + check.method.objects).joined(separator: "-")
        if let port = check.port { base += "-\(port)" }
        base = String(base.prefix(Name.longest - Self.room))
        var candidate: String
        // Ends: every turn tries a name that no inline check has had, and the file has only so
        // many names of its own that could stand in the way.
        repeat {
            let number = numbers[base, default: 0] + 1
            numbers[base] = number
            candidate = number == 1 ? base : "\(base)-\(number)"
        } while names.contains(candidate)
        derived[check] = candidate
        return candidate
    }

    /// The characters kept free for a number that tells two names apart.
    private static let room = 8
}

extension Check.Method {
    /// The words that tell it from others of its type.
    fileprivate var objects: [String] {
        let text =
            switch self {
            case .tcp, .conversation, .datagram, .icmp, .agent: ""
            case .tls(let terms): terms.serverName ?? ""
            case .http(let expectation): expectation.path
            case .grpc(let expectation): expectation.service
            case .dns(let expectation): "\(expectation.name) \(expectation.type.word)"
            case .program(let terms):
                terms.command.first.flatMap { $0.split(separator: "/").last }.map(String.init) ?? ""
            }
        return text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
            .map(String.init)
    }
}
