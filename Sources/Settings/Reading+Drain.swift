import Core

// `drain`: how the director, or a VIP, leaves the fabric.

extension Reading {
    /// Reads `drain`.
    mutating func drain(_ node: YAMLNode?) -> DrainPolicy {
        var result = DrainPolicy()
        guard let node, let fields = fields(node, of: .drain) else { return result }
        if let announce = fields["announce"].flatMap({ softPath($0) }) {
            result.announce = announce
        }
        if let settle = duration(fields["settle"], "drain.settle", .zero...Limits.duration) {
            result.settle = settle
            if result.announce == .none, settle > .zero, let span = fields["settle"]?.span {
                refuse(
                    .together,
                    at: span,
                    "`settle` waits for routers to leave a worse path, and `announce: none` makes "
                        + "none",
                    help: "leave `settle` out, or choose what makes the path worse"
                )
            }
        }
        if let onStop = word(fields["on-stop"], "drain.on-stop", as: DrainPolicy.OnStop.self) {
            result.onStop = onStop
        }
        if let last = word(fields["last-path"], "drain.last-path", as: DrainPolicy.LastPath.self) {
            result.lastPath = last
        }
        let most = Limits.filePathBytes
        result.file = text(
            fields["file"],
            "drain.file",
            atMost: most,
            help: "an absolute path of at most \(most) bytes, nothing invisible"
        ) { $0.hasPrefix("/") && !$0.hasSuffix("/") && $0 == $0.harmless }
        guard let wait = fields["wait"], let parts = self.fields(wait, of: .drainWait) else {
            return result
        }
        let range = Limits.quietFor...Limits.duration
        if let rate = rate(parts["packets-below"]) { result.packetsBelow = rate }
        if let quiet = duration(parts["for"], "drain.wait.for", range) { result.quietFor = quiet }
        if let most = duration(parts["at-most"], "drain.wait.at-most", range) {
            result.atMost = most
        }
        if result.quietFor > result.atMost {
            refuse(
                .drainTiming,
                at: (parts["for"] ?? parts["at-most"] ?? wait).span,
                "`for` (\(result.quietFor.written)) is longer than `at-most` "
                    + "(\(result.atMost.written)), so a drain would never see the node quiet"
            )
        }
        return result
    }

    /// Reads `drain.announce`: a word, or what is changed about the path.
    private mutating func softPath(_ node: YAMLNode) -> DrainPolicy.SoftPath? {
        let key = "drain.announce"
        guard case .map = node.content else {
            guard let text = text(node, key) else { return nil }
            switch text {
            case "graceful-shutdown": return .gracefulShutdown
            case "none": return DrainPolicy.SoftPath.none
            default:
                refuse(word: text, at: node.span, key, allowed: ["graceful-shutdown", "none"])
                return nil
            }
        }
        guard let fields = fields(node, of: .drainAnnounce) else { return nil }
        switch (fields["prepend"], fields["med"]) {
        case (let times?, nil):
            return number(times, "\(key).prepend", 1...RouteAttributes.mostPrepends)
                .map { .prepend($0) }
        case (nil, let med?):
            return number(med, "\(key).med", 1...Int(UInt32.max)).map { .med(UInt32($0)) }
        case (.some, .some):
            refuse(.together, at: fields.place(of: "med"), "`\(key)` takes one of the two")
        case (nil, nil):
            guard fields.spoiled.isEmpty else { return nil }
            refuse(
                .missing,
                at: node.span,
                "`\(key)` says nothing",
                help: "graceful-shutdown, { prepend: 3 }, { med: 1000 } or none"
            )
        }
        return nil
    }

    /// Holds what a drain does to the paths against how they are announced.
    ///
    /// A kernel route says only how much it is preferred, by its metric; the rest is the
    /// operator's.
    mutating func judge(_ drain: DrainPolicy, at span: Span, _ bgp: BGPDraft?) {
        guard let speakers = bgp?.policy.speakers,
            speakers.allSatisfy({ $0.method == .kernelRoute })
        else { return }
        switch drain.announce {
        case .gracefulShutdown, .none: return
        case .prepend, .med:
            refuse(
                .attributeMethod,
                at: span,
                "`drain.announce` cannot be \("\(drain.announce)".ticked) with "
                    + "`method: kernel-route`",
                help: "a drain gives the route `bgp.kernel-route.soft-metric`; what that makes of "
                    + "the path is said in the route-map of FRR's `redistribute kernel`"
            )
        }
    }

    private mutating func rate(_ node: YAMLNode?) -> Double? {
        let key = "drain.wait.packets-below"
        guard let node, let text = text(node, key) else { return nil }
        // Like a duration, a rate without a unit is a guess.
        guard text.hasSuffix("/s"), let rate = Digits.number(String(text.dropLast(2))),
            (1...Limits.packetRate).contains(rate)
        else {
            refuse(
                .number,
                at: node.span,
                "`\(key)` must be a rate of 1/s to \(Limits.packetRate)/s, not \(text.ticked)"
            )
            return nil
        }
        return Double(rate)
    }
}
