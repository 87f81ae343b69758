internal import ArgumentParser
internal import Core
internal import IPVS
package import Link
package import Net

/// A real server as somebody at a terminal names it: `10.0.0.1:80`, or `10.0.0.1:80@5` with a
/// weight.
package struct CareServer: Equatable, Sendable, ExpressibleByArgument {
    /// Where it is.
    package let endpoint: Endpoint
    /// Its share, 1...65535.
    package let weight: Int

    /// Reads it; `nil` for anything else.
    ///
    /// A weight of 0 would make a server that never serves.
    package init?(argument: String) {
        let parts = argument.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        do {
            endpoint = try Endpoint(parsing: String(parts[0]))
        } catch {
            return nil
        }
        guard parts.count == 2 else {
            weight = 1
            return
        }
        guard parts[1].first?.isASCII == true, parts[1].first != "+", let weight = Int(parts[1]),
            (1...IPVSLimits.weights.upperBound).contains(weight)
        else { return nil }
        self.weight = weight
    }
}

/// The address clients use.
package struct CareAddress: Equatable, Sendable, ExpressibleByArgument {
    /// The address and the port.
    package let endpoint: Endpoint

    /// Reads `ADDRESS:PORT`; `nil` for anything else.
    package init?(argument: String) {
        do {
            endpoint = try Endpoint(parsing: argument)
        } catch {
            return nil
        }
    }
}

/// The link that gets the VIP, if any.
package enum CareInterface: Equatable, Sendable, ExpressibleByArgument {
    case none
    case link(LinkName)

    /// Reads `none` or the name of a link; `nil` for what cannot be one.
    package init?(argument: String) {
        guard argument != "none" else {
            self = .none
            return
        }
        guard let name = LinkName(argument) else { return nil }
        self = .link(name)
    }
}

extension Core.Forwarding: ExpressibleByArgument {}

extension IPVS.Forwarding {
    /// The library's word for the way packets are forwarded.
    init(_ forwarding: Core.Forwarding) {
        self =
            switch forwarding {
            case .directRouting: .directRouting
            case .tunnel: .tunnel(.ipip)
            case .masquerade: .masquerade
            }
    }
}
