package import Core

/// How the VIPs that an `undrain` has let go come back, from one look at the director.
///
/// It goes by why a VIP is not announced, not by the word for its state: one that waits for its
/// hold-up is `withdrawn` like one that has no real server left, and only the second stays so.
package struct Homecoming: Equatable, Sendable {
    /// How one VIP stands.
    private enum Standing: Equatable {
        case announced
        /// It is on its way, or nobody can tell yet.
        case pending(String)
        /// Something else keeps it from being announced, and waiting is no help.
        case kept(String)
    }

    private let standings: [(vip: String, standing: Standing)]

    /// The reasons that only an operator, or a real server, can end.
    private static let lasting: Set<String> = [
        "no-quorum", "contested", "refused", "settings-wrong", "not-sent",
    ]
    /// What holds a route back in bgpd, and ends by itself: not sent yet, a graceful restart,
    /// `update-delay`.
    private static let passing: Set<String> = ["F120", "F124", "F125"]

    /// The VIPs called `names`, or all that no drain of their own keeps away, in `snapshot`.
    package init(of names: Set<String>, in snapshot: Snapshot) {
        let concerned = snapshot.vips.filter { vip in
            guard vip.reason?.code != "not-configured" else { return false }
            return names.isEmpty ? vip.drain == nil : names.contains(vip.name)
        }
        standings = concerned.map { ($0.name, Self.standing(of: $0, in: snapshot)) }
    }

    private static func standing(of vip: VIPStatus, in snapshot: Snapshot) -> Standing {
        // A picture of before the order says nothing of after.
        guard snapshot.node.drain == nil, vip.drain == nil else { return .pending("drained") }
        guard snapshot.node.state != .starting else { return .pending("penstock is starting") }
        let isNormal =
            vip.softenedTo?.isEmpty != false && vip.announcement == vip.wantedAnnouncement
        if vip.state == .advertised, isNormal { return .announced }
        guard let reason = vip.reason else { return .pending(vip.state.rawValue) }
        let isLasting =
            lasting.contains(reason.code)
            || vip.state == .blocked && !passing.contains(reason.code)
        return isLasting ? .kept(reason.text) : .pending(reason.text)
    }

    /// Whether waiting changes nothing any more.
    package var isOver: Bool {
        !standings.contains { if case .pending = $0.standing { true } else { false } }
    }

    /// Whether every one of them is announced.
    package var isComplete: Bool { standings.allSatisfy { $0.standing == .announced } }

    /// Those that are not announced, each with the reason.
    package var lines: [StyledText] {
        standings.compactMap { vip, standing in
            switch standing {
            case .announced: nil
            case .pending(let reason):
                StyledText("… ", .warning) + StyledText("\(vip) is not announced yet: \(reason)")
            case .kept(let reason):
                StyledText("✗ ", .bad) + StyledText("\(vip) cannot be announced: \(reason)")
            }
        }
    }

    /// How many are.
    package var summary: StyledText {
        let announced = standings.count { $0.standing == .announced }
        return "Active: \(announced) of \(Figures.count(standings.count, "VIP")) announced."
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.standings.elementsEqual(right.standings) { $0 == $1 }
    }
}
