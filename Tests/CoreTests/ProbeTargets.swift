import Core
import Net

extension Endpoint {
    /// The `number`th endpoint of a made-up network.
    static func numbered(_ number: Int) -> Endpoint {
        Endpoint(IPAddress(v4: 0x0a14_0000 + UInt32(number)), 80)
    }
}

extension ProbeTarget {
    /// A TCP check of the `number`th endpoint: every 2 s, 500 ms while in doubt, rise 2, fall 3.
    static func numbered(_ number: Int, every: Duration = .seconds(2)) -> ProbeTarget {
        ProbeTarget(endpoint: .numbered(number), check: Check(method: .tcp, every: every))
    }
}
