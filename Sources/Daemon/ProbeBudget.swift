import Core
import Foundation

/// How many probes may be under way at once, given what this process may hold open.
///
/// The more the better where many servers are silent at the same time: each then holds its probe
/// for a whole timeout, and with too few the checks of all others come late.
enum ProbeBudget {
    /// The most: 4096 probes that all time out after a second are 4096 checks a second, beyond
    /// what one director's configuration can ask for.
    static let most = 4096

    /// The share of `descriptors` that is the probes'.
    ///
    /// Half is left for the sentinels, the control socket, the planes and their clients. The limit
    /// of a service is its unit's to raise (`LimitNOFILE=`), for the sandbox does not let us do so
    /// ourselves.
    static func probes(of descriptors: Int) -> Int {
        max(1, min(descriptors / 2, most))
    }

    /// The most idle connections of sentinels: one for each server of the largest director known.
    static let mostSentinels = 16_384

    /// The share of `descriptors` that is the sentinels': a quarter, which leaves one for the
    /// control socket, the planes and their clients.
    static func sentinels(of descriptors: Int) -> Int {
        max(1, min(descriptors / 4, mostSentinels))
    }

    /// What this process may hold open now; the usual soft limit where the kernel does not tell.
    static var descriptors: Int {
        let told = sysconf(Int32(_SC_OPEN_MAX))
        return told > 0 ? told : ProbeSchedule.defaultConcurrency * 2
    }
}
