package import Net

/// What is drained.
package enum DrainScope: Hashable, Sendable {
    /// The whole director.
    case node
    /// The VIP at this address.
    case vip(IPAddress)
}

/// Who asks for a drain of the director; it drains for as long as anyone does.
package enum DrainSource: String, Hashable, Comparable, Sendable, CaseIterable {
    /// An operator or a program, by a command.
    case command
    /// The drain file: it exists.
    case file
    /// The daemon is being stopped, and is to drain then.
    case stop

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How a drain takes routes back.
package enum DrainMode: String, Hashable, Sendable, CaseIterable {
    /// First a worse path, then a pause, then nothing.
    case soft
    /// At once.
    case atOnce = "now"
}

/// A drain that is wanted: how, by whom, why and for how long.
package struct DrainWish: Hashable, Sendable {
    /// How.
    package let mode: DrainMode
    /// By whom, why, since when and until when.
    package let mandate: Mandate
    /// Whether it is wanted although it takes the last known path to a VIP away.
    package let isLastPathWaived: Bool
    /// What the VIP that it is about was called when it was ordered, where it is about one.
    package let vip: String?

    /// A drain on this mandate.
    package init(
        _ mode: DrainMode,
        _ mandate: Mandate,
        isLastPathWaived: Bool = false,
        vip: String? = nil
    ) {
        self.mode = mode
        self.mandate = mandate
        self.isLastPathWaived = isLastPathWaived
        self.vip = vip
    }

    /// This wish once `later` is asked for as well.
    ///
    /// It is in haste if either is, and on the mandate that lasts longer, since whoever gave that
    /// one relies on it; on the first if both last alike. That it may take the last path need be
    /// said once.
    func joined(by later: DrainWish) -> DrainWish {
        let isOutlasted = mandate.expires.map { end in
            later.mandate.expires.map { $0 > end } ?? true
        }
        return DrainWish(
            later.mode == .atOnce ? .atOnce : mode,
            isOutlasted == true ? later.mandate : mandate,
            isLastPathWaived: isLastPathWaived || later.isLastPathWaived,
            vip: later.vip ?? vip
        )
    }
}

/// An order to drain.
package struct DrainOrder: Hashable, Sendable {
    /// What is to be drained.
    package let scope: DrainScope
    /// Who asks; anything but a command only ever asks for the whole director.
    package let source: DrainSource
    /// How, and on whose mandate.
    package let wish: DrainWish

    /// An order to drain `scope`.
    package init(_ scope: DrainScope, _ wish: DrainWish, source: DrainSource = .command) {
        self.scope = scope
        self.wish = wish
        self.source = source
    }
}

extension Overrides {
    /// Takes what of `command` is kept; `vips` are those of the configuration.
    package mutating func take(_ command: Command, configured vips: [VIP]) {
        switch command {
        case .drain(let order): take(order)
        case .undrain(let scope, .command): end(drainOf: scope)
        case .order(let order): take(order, configured: vips)
        case .several(let commands): for command in commands { take(command, configured: vips) }
        case .undrain, .reload, .drainFileKnown: break
        }
    }

    /// Takes an order to drain by command; what other sources ask for is not kept.
    package mutating func take(_ order: DrainOrder) {
        guard order.source == .command else { return }
        serial += 1
        drains[order.scope] = drains[order.scope]?.joined(by: order.wish) ?? order.wish
    }

    /// Takes the order to end the drain of `scope` that was asked for by command.
    package mutating func end(drainOf scope: DrainScope) {
        serial += 1
        drains[scope] = nil
    }
}
