/// Whether the real servers of a VIP pass their checks, as one decision about it found out.
///
/// A decision asks half a dozen times about each of them: for the quorum, its weight, its patience
/// and what is seen of it. To find the opinion of every check anew was most of what it cost.
final class HealthAnswers {
    private var answers: [ServiceID: [Bool?]] = [:]

    /// The answers about the servers of a service, in their order; found out at the first time.
    func known(of service: ServiceID, else find: () -> [Bool?]) -> [Bool?] {
        if let known = answers[service] { return known }
        let found = find()
        answers[service] = found
        return found
    }
}
