package import Core
import Net
package actor LinkPlane: Plane {
    var a: Set<IPAddress> = []
    package init(_ p: IPVSPolicy) {}
    package func observe() async throws(Fault) -> LinkFacts { LinkFacts(addresses: a, isUp: true) }
    package func apply(_ c: [Change]) async -> [Result<Void, Fault>] { for x in c { switch x { case .bind(let y): a.insert(y); case .unbind(let y): a.remove(y); default: break } }; return c.map { _ in .success(()) } }
    package func watch(reporting report: @escaping @Sendable () -> Void) async {}
}
package typealias IPVSPlane = MemoryTable
