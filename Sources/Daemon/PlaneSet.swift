package import Core
import Net

/// The three planes a director works on.
package struct PlaneSet: Sendable {
    private let link: any Plane<LinkFacts>
    private let ipvs: any TablePlane
    private let bgp: any RoutingPlane

    /// These three.
    package init(
        link: any Plane<LinkFacts>,
        ipvs: any TablePlane,
        bgp: any RoutingPlane
    ) {
        self.link = link
        self.ipvs = ipvs
        self.bgp = bgp
    }

    /// Carries out one assignment and says what came of it.
    package func perform(_ assignment: Director.Assignment) async -> Inbox.Report {
        switch assignment {
        case .observe(.speaker(let name)): return .bgp(await look(at: name))
        case .observe(let post):
            do throws(Fault) {
                return post == .link
                    ? .link(try await link.observe()) : .ipvs(try await ipvs.observe())
            } catch {
                return .unseen(post.plane, error)
            }
        case .ping(let speaker):
            do throws(Fault) {
                try await bgp.ping(speaker)
                return .felt(speaker, nil)
            } catch {
                return .felt(speaker, error)
            }
        case .audit:
            do throws(Fault) {
                return .listed(try await ipvs.list())
            } catch {
                return .unlisted(error)
            }
        case .apply(let post, let changes):
            let results =
                switch post {
                case .link: await link.apply(changes)
                case .ipvs: await ipvs.apply(changes)
                case .speaker: await bgp.apply(changes)
                }
            precondition(results.count == changes.count, "a plane answers for each change")
            return .applied(post, Array(zip(changes, results)))
        }
    }

    private func look(at speaker: Name) async -> RoutingFacts {
        do throws(Fault) {
            return RoutingFacts([speaker: .success(try await bgp.observe(speaker))])
        } catch {
            return RoutingFacts([speaker: .failure(error)])
        }
    }

    /// Has the next look at routing daemons read everything.
    func forgetRoutes() async { await bgp.forget() }

    /// Follows a VIP through the speaker called `name`, beside whatever else is done.
    func evidence(of address: IPAddress, by name: Name) async -> [PathEvidence] {
        await bgp.evidence(of: address, by: name)
    }

    /// Reports stirrings of every plane until the task is cancelled.
    package func watch(reporting report: @escaping @Sendable (PlaneName) -> Void) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await link.watch { report(.link) } }
            group.addTask { await ipvs.watch { report(.ipvs) } }
            group.addTask { await bgp.watch { report(.bgp) } }
        }
    }
}
