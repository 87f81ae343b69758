package import Link
package import Net

/// The ways to real servers as they were last seen, for when the kernel says that one is lost.
///
/// Learnt before, because a link that is set down takes its routes with it. Pure.
package struct PathMemory: Sendable {
    private var paths: [IPAddress: Paths.Path] = [:]

    /// Nothing learnt yet.
    package init() {}

    /// The addresses whose way is known.
    package var addresses: Set<IPAddress> { Set(paths.keys) }

    /// The way to `address` was looked up; where there is none, the last one stays.
    package mutating func learn(_ address: IPAddress, _ path: Paths.Path?) {
        if let path { paths[address] = path }
    }

    /// Only these count from now on.
    package mutating func keep(_ addresses: Set<IPAddress>) {
        paths = paths.filter { addresses.contains($0.key) }
    }

    /// The addresses whose way leads through what was lost, each with what that was.
    package func cutOff(by losses: [PathLoss]) -> [IPAddress: PathLoss] {
        var result: [IPAddress: PathLoss] = [:]
        let losses = Set(losses)
        for (address, path) in paths {
            for loss in [
                PathLoss.neighbor(path.gateway ?? address, link: path.link), .link(path.link),
            ] where losses.contains(loss) {
                result[address] = loss
            }
        }
        return result
    }
}
