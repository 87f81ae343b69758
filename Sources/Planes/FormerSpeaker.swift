import Core
import FRR
import Net

/// A speaker that has left the configuration: what it still announces of ours is to be taken back.
///
/// Nobody minds that its bgpd does not run, or is another one by now: then there is nothing of ours
/// to take back there. One that runs and cannot be read is another matter, and said so.
struct FormerSpeaker: SpeakerPlane {
    /// What there is to say of an instance that has nothing of ours.
    private static let nothing = BGPFacts()
    /// The codes that mean it: no socket, no listener, another AS, no instance.
    private static let clear: Set<String> = ["F101", "F102", "F108", "F109"]

    private let speaker: any SpeakerPlane

    /// What was `speaker` once.
    init(_ speaker: any SpeakerPlane) { self.speaker = speaker }

    func observe() async throws(Fault) -> BGPFacts {
        do {
            let facts = try await speaker.observe()
            return facts.refusal.map { Self.clear.contains($0.code) } == true ? Self.nothing : facts
        } catch  where Self.clear.contains(error.code) {
            return Self.nothing
        }
    }

    func apply(_ changes: [Change]) async -> [Result<Void, Fault>] { await speaker.apply(changes) }

    func watch(reporting report: @escaping @Sendable () -> Void) async {
        await speaker.watch(reporting: report)
    }

    func forget() async { await speaker.forget() }

    func evidence(of address: IPAddress) async -> [PathEvidence] {
        await speaker.evidence(of: address)
    }
}
