import Core
import Net

// What is said about the director itself: `node`, `control` and `ipvs`.
//
// Defaults are not written here: every section starts from the value that its type has without a
// file, and replaces what the file says. So there is one place where a default can be changed.

extension Reading {
    /// Reads `version`; false when the file speaks another version of the language.
    ///
    /// Every other complaint about such a file would be noise: its keys may well be right there.
    mutating func speaksOurVersion(_ node: YAMLNode) -> Bool {
        guard case .map(let entries) = node.content,
            let node = entries.first(where: { $0.key == "version" })?.value,
            case .scalar(let scalar) = node.content, !node.isNull, scalar.text != "1"
        else { return true }
        refuse(
            .version,
            at: node.span,
            "`version` must be 1, not \(scalar.text.ticked)",
            help: "it is the version of the file's language, not of the program"
        )
        return false
    }

    /// Reads `node`; `hostName` is its name when the file does not say one.
    mutating func node(_ node: YAMLNode?, hostName: String) -> Node {
        var result = Node(name: hostName)
        guard let node, let fields = fields(node, of: .node) else { return result }
        let help = "use letters, digits, `.`, `-` and `_`, as in a host name"
        if let name = text(
            fields["name"],
            "node.name",
            atMost: 253,
            help: help,
            where: Self.isHostName
        ) {
            result.name = name
        }
        guard let labels = fields["labels"],
            let entries = entries(labels, what: "`node.labels`")
        else { return result }
        guard entries.count <= Limits.labels else {
            let message =
                "`node.labels` has \(entries.count) labels; at most \(Limits.labels) are taken"
            refuse(.limit, at: entries[Limits.labels].keySpan, message)
            return result
        }
        for entry in entries {
            // They become labels of `penstock_node_info`, which has a `name` of its own, and a
            // label that Prometheus refuses takes the whole page of metrics with it.
            guard Self.isLabel(entry.key), entry.key != "name" else {
                refuse(
                    .name,
                    at: entry.keySpan,
                    "a label cannot be called \(entry.key.ticked)",
                    help: "use a-z, 0-9 and _, not starting with a digit or __; `name` is taken"
                )
                continue
            }
            result.labels[entry.key] = note(entry.value, entry.key)
        }
        return result
    }

    /// Reads `control`.
    mutating func control(_ node: YAMLNode?) -> ControlSettings {
        var result = ControlSettings()
        guard let node, let fields = fields(node, of: .control) else { return result }
        let most = Limits.controlSocketPathBytes
        if let socket = socketPath(fields["socket"], "control.socket", atMost: most) {
            result.socket = socket
        }
        let limit = Limits.groupNameBytes
        let help = "a group's name: a-z, 0-9, `_` and `-`, not starting with a digit or `-`"
        if let group = text(
            fields["group"],
            "control.group",
            atMost: limit,
            help: help,
            where: Self.isGroup
        ) {
            result.group = group
        }
        readHTTP(fields["http"], into: &result)
        return result
    }

    /// Reads `control.http`: an address with a port, or `off`.
    private mutating func readHTTP(_ node: YAMLNode?, into result: inout ControlSettings) {
        guard let node, let text = text(node, "control.http") else { return }
        guard text != "off" else {
            result.http = nil
            return
        }
        do throws(ParseError) {
            let endpoint = try Endpoint(parsing: text)
            guard !endpoint.address.isMulticast else {
                throw ParseError(text, "is a multicast address")
            }
            result.http = endpoint
        } catch {
            refuse(
                .text,
                at: node.span,
                "`control.http`: \(text.ticked) \(error.reason)",
                help: "an address of this machine and a port, such as `127.0.0.1:9477`, or `off`"
            )
        }
    }

    /// Reads `ipvs`, with what every service takes over unless it says otherwise.
    mutating func ipvs(_ node: YAMLNode?) -> (policy: IPVSPolicy, defaults: ServiceDefaults) {
        var policy = IPVSPolicy()
        guard let node, let fields = fields(node, of: .ipvs) else { return (policy, .init()) }
        if let manage = word(fields["manage"], "ipvs.manage", as: IPVSPolicy.Management.self) {
            policy.management = manage
        }
        let limit = Limits.interfaceNameBytes
        let help = "a link of its own: at most \(limit) bytes, no space, `/`, `:` or `%`, not `lo`"
        if let interface = text(
            fields["interface"],
            "ipvs.interface",
            atMost: limit,
            help: help,
            where: Self.isLink
        ) {
            policy.interface = interface
        }
        let range = Limits.auditEvery...Limits.duration
        if let every = duration(fields["reconcile-every"], "ipvs.reconcile-every", range) {
            policy.reconcileEvery = every
        }
        auditEvery(fields["audit-every"], &policy)
        if let mode = word(fields["sysctl"], "ipvs.sysctl", as: IPVSPolicy.SettingsMode.self) {
            policy.settings = mode
        }
        if let node = fields["sysctls"] { policy.sysctls = sysctls(node) }
        if let marks = checkMarks(fields["check-marks"]) { policy.checkMarks = marks }
        return (policy, fields["defaults"].map { serviceDefaults($0) } ?? ServiceDefaults())
    }

    /// Reads `ipvs.audit-every`, which may also say that there is to be none.
    private mutating func auditEvery(_ node: YAMLNode?, _ policy: inout IPVSPolicy) {
        if let node, case .scalar(let scalar) = node.content, scalar.text == "off" {
            policy.auditEvery = nil
        } else if let every = duration(
            node,
            "ipvs.audit-every",
            Limits.glanceEvery...Limits.duration
        ) {
            policy.auditEvery = every
        }
    }

    private mutating func serviceDefaults(_ node: YAMLNode) -> ServiceDefaults {
        var result = ServiceDefaults()
        guard let fields = fields(node, of: .ipvsDefaults) else { return result }
        if let forwarding = word(fields["forward"], "forward", as: Forwarding.self) {
            result.forwarding = forwarding
        }
        if let hasSourceNAT = flag(fields["snat"], "snat") { result.hasSourceNAT = hasSourceNAT }
        result.scheduling = scheduling(
            fields,
            listen: nil,
            defaults: result.scheduling,
            isDefaults: true
        )
        return result
    }
}

// MARK: - Alphabets

extension Reading {
    /// A free text for people: anything printable on one line.
    mutating func note(_ node: YAMLNode?, _ key: String) -> String? {
        let help = "one line of text, at most \(Limits.noteBytes) bytes, nothing invisible"
        return text(node, key, atMost: Limits.noteBytes, help: help) {
            // What would be shown as something else, is something else; a tab as well.
            $0 == $0.harmless
        }
    }

    private static func isHostName(_ text: String) -> Bool {
        text.utf8.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
    }

    /// A label name of Prometheus, lower case only.
    private static func isLabel(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first), !text.hasPrefix("__") else {
            return false
        }
        return text.utf8.count <= Name.longest && text.utf8.allSatisfy(isSmall)
    }

    private static func isGroup(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first) else { return false }
        return text.utf8.allSatisfy { isSmall($0) || $0 == UInt8(ascii: "-") }
            && first != UInt8(ascii: "-")
    }

    /// What the kernel takes as a link's name (`dev_valid_name` in `net/core/dev.c`), less `%`,
    /// which asks it to choose a number, and less the names that mean something already.
    private static func isLink(_ text: String) -> Bool {
        let taken = [".", "..", "lo", "all", "default"]
        return !taken.contains(text)
            && text.utf8.allSatisfy { isGraphic($0) && !"/:%".utf8.contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isSmall(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte)
            || byte == UInt8(ascii: "_")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || isDigit(byte)
    }
}

extension ParseError {
    /// The sentence of this error, safe to show.
    var message: String { "\(text.shown) \(reason.harmless)" }
}
