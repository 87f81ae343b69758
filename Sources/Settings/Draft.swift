import Core
import Net

// What has been read but not yet put together: values with the places they came from, for the
// checks that need to see more than one part of the file.

/// What a check takes over unless it says otherwise.
struct CheckTiming {
    var every: Duration?
    var fastEvery: Duration?
    var timeout: Duration?
    var rise: Int?
    var fall: Int?
    var hasSentinel: Bool?
}

/// What a service takes over unless it says otherwise.
struct ServiceDefaults {
    var forwarding: Forwarding = .directRouting
    /// Whether services that forward by `nat` translate the source as well.
    var hasSourceNAT = false
    var scheduling = Scheduling()
}

/// The checks of a service or a pool.
struct CheckListDraft {
    var checks: [NamedCheck] = []
    /// Where each of them stands in the list.
    var spans: [Span] = []
    var passing = Passing.all
}

/// A check with a name that others may use.
struct CheckDraft {
    let check: NamedCheck
    let span: Span
    var isUsed = false
}

/// A real server; its port is the service's when it has none.
struct BackendDraft {
    let address: IPAddress
    let port: Port?
    let weight: Int
    let admin: Backend.AdminState
    let note: String?
    let span: Span

    /// The real server of a service that listens on `port`.
    func backend(port: Port) -> Backend {
        Backend(Endpoint(address, self.port ?? port), weight: weight, admin: admin, note: note)
    }
}

/// A `slow-start` with its place, for the schedulers that it does not go with.
struct SlowStartDraft {
    let duration: Duration
    let span: Span
}

/// Real servers with a name that services may use.
struct PoolDraft {
    let checks: CheckListDraft
    let backends: [BackendDraft]
    let span: Span
    /// Whether every real server could be read, so that their weight is known.
    let isComplete: Bool
    /// How long its servers take to get their whole weight, and where that stands.
    let slowStart: SlowStartDraft?
    var isUsed = false
    /// The first scheduler of a service of this pool that does not go with `slow-start`.
    var obstacle: Scheduling.Scheduler?
}
