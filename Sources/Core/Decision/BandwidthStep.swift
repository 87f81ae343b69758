/// How much of its capacity a VIP tells routers of, in coarse steps.
///
/// A step is left only when the capacity is clearly in another one, so that a server that comes and
/// goes between two of them moves no flows.
package struct BandwidthStep: Hashable, Sendable {
    /// The step, from 1 to the number of them.
    package let number: Int

    /// How far from a step, in quarters of one, the capacity must be for it to be left: a half
    /// would be the middle between two.
    private static let quartersToLeave = 3

    /// The step nearest to `live` of `configured` weight.
    package init(live: Int, of configured: Int, in policy: BandwidthPolicy) {
        guard configured > 0 else {
            number = policy.steps
            return
        }
        let nearest = (2 * live * policy.steps + configured) / (2 * configured)
        number = min(max(nearest, 1), policy.steps)
    }

    /// The step that a route seen with `bandwidth` was announced at.
    package init(seen bandwidth: UInt32, of configured: Int, in policy: BandwidthPolicy) {
        let whole = Int(policy.perWeight) * configured
        self.init(live: min(Int(bandwidth), whole), of: whole, in: policy)
    }

    /// The step after the live weight has become `live`.
    package func following(
        live: Int,
        of configured: Int,
        in policy: BandwidthPolicy
    ) -> BandwidthStep {
        let distance = abs(live * policy.steps - number * configured)
        guard number > policy.steps || 4 * distance > Self.quartersToLeave * configured else {
            return self
        }
        return BandwidthStep(live: live, of: configured, in: policy)
    }

    /// The bandwidth to tell, in Mbit/s; never 0, which would mean no path at all.
    package func bandwidth(of configured: Int, in policy: BandwidthPolicy) -> UInt32 {
        let whole = Int(policy.perWeight) * configured
        return UInt32(clamping: max(1, whole * number / policy.steps))
    }
}

extension Gate {
    /// The bandwidth to tell of `vip`; `nil` where none follows its capacity.
    ///
    /// The service that has lost the largest share decides: flows come to all of them alike. While
    /// a VIP is drained the step stands, or routers would be told of two things at once.
    func bandwidth(
        of vip: VIP,
        _ standings: [ServiceStanding],
        remembering memory: inout GateMemory
    ) -> UInt32? {
        guard let policy = vip.bandwidth else {
            memory.bandwidth = nil
            return vip.attributes.bandwidth
        }
        let gating = standings.filter { $0.gates && $0.configured > 0 }
        guard
            let scarcest = gating.min(by: {
                $0.possible * $1.configured < $1.possible * $0.configured
            })
        else { return vip.attributes.bandwidth }
        let seen = sight.slice.announcement?.attributes.bandwidth.map {
            BandwidthStep(seen: $0, of: scarcest.configured, in: policy)
        }
        var step =
            memory.bandwidth ?? seen
            ?? BandwidthStep(live: scarcest.possible, of: scarcest.configured, in: policy)
        if drainCause == nil {
            step = step.following(
                live: scarcest.possible,
                of: scarcest.configured,
                in: policy
            )
        }
        memory.bandwidth = step
        return step.bandwidth(of: scarcest.configured, in: policy)
    }
}

extension ServiceStanding {
    /// The weight that lives, or may: unknown is not down.
    fileprivate var possible: Int { live + unjudged }
}
