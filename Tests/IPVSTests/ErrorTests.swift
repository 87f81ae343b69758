import IPVS
import Net
import Netlink
import Testing

/// What an errno means depends on what was asked.
@Suite struct ErrorTests {
    private let add: IPVS.Operation
    private let vip: ServiceIdentity
    private let place: Endpoint

    init() throws {
        vip = try tcp("192.0.2.10", 443)
        place = try endpoint("10.0.0.1", 443)
        add = .newService(Service(vip, scheduler: .maglev))
    }

    /// What the client says when the kernel answers everything with `error`.
    private func outcome(
        _ operation: IPVS.Operation,
        _ error: NetlinkError,
        _ privilege: Privilege = .unknown,
        modules: String = ""
    ) async -> [IPVSError?] {
        let kernel = ScriptedKernel(families: ["IPVS": 32]) { (_) throws(NetlinkError) in
            throw error
        }
        let client = Client(
            over: kernel,
            privilege: { privilege },
            modules: { LoadedModules(modules) }
        )
        var outcomes: [IPVSError?] = []
        do throws(IPVSError) {
            try await client.apply(operation)
            outcomes.append(nil)
        } catch {
            outcomes.append(error)
        }
        do throws(IPVSError) {
            outcomes += try await client.apply([operation])
        } catch {
            outcomes.append(error)
        }
        return outcomes
    }

    @Test func everyErrnoHasItsMeaning() async throws {
        let destination = Destination(place, forwarding: .directRouting, weight: 1)
        let newPlace = IPVS.Operation.newDestination(destination, of: vip)
        let setPlace = IPVS.Operation.updateDestination(destination, of: vip)
        let deletePlace = IPVS.Operation.deleteDestination(place, of: vip)
        let sip = IPVS.Operation.newService(
            Service(
                vip,
                scheduler: .roundRobin,
                persistence: Persistence(timeout: 1, granularity: 32),
                engine: "sip"
            )
        )
        let start = IPVS.Operation.startDaemon(SyncDaemon(.master, interface: "eth9"))
        let table: [(IPVS.Operation, Errno, IPVSError)] = [
            (add, .noEntry, .noScheduler(.change(add), .maglev, engine: nil)),
            (sip, .noEntry, .noScheduler(.change(sip), .roundRobin, engine: "sip")),
            (setPlace, .noEntry, .destinationMissing(.change(setPlace), place, of: vip)),
            (deletePlace, .noEntry, .destinationMissing(.change(deletePlace), place, of: vip)),
            (newPlace, .noEntry, .refused(.change(newPlace), .noEntry, words: "")),
            (newPlace, .noProcess, .serviceMissing(.change(newPlace), vip)),
            (.deleteService(vip), .noProcess, .serviceMissing(.change(.deleteService(vip)), vip)),
            (
                .stopDaemon(.backup), .noProcess,
                .daemonMissing(.change(.stopDaemon(.backup)), .backup)
            ),
            (start, .noDevice, .noInterface(.change(start), "eth9")),
            (start, .exists, .exists(.change(start))),
            (add, .noDevice, .refused(.change(add), .noDevice, words: "")),
            (.flush, .noProcess, .refused(.change(.flush), .noProcess, words: "")),
            (add, .exists, .exists(.change(add))),
            (newPlace, .exists, .exists(.change(newPlace))),
            (newPlace, .invalid, .invalid(.change(newPlace), words: "")),
            (newPlace, .outOfRange, .outOfRange(.change(newPlace))),
            (add, .familyNotSupported, .familyNotSupported(.change(add), .v4)),
            (add, .noMemory, .refused(.change(add), .noMemory, words: "")),
            (add, .notPermitted, .notPermitted(.change(add), .unknown)),
        ]
        for (operation, errno, error) in table {
            let outcomes = await outcome(operation, .refused(errno, words: ""))
            #expect(outcomes == [error, error])
        }
    }

    @Test func whatModuleIsMissingIsToldApart() async throws {
        func service(_ scheduler: Scheduler) -> IPVS.Operation {
            .newService(
                Service(
                    vip,
                    scheduler: scheduler,
                    persistence: Persistence(timeout: 1, granularity: 32),
                    engine: "sip"
                )
            )
        }
        let hash = service(.sourceHashing)
        let none = service(.none)
        let table: [(IPVS.Operation, String, IPVSError)] = [
            (hash, "", .noScheduler(.change(hash), .sourceHashing, engine: "sip")),
            // Another module's name only begins like it.
            (hash, "ip_vs_shx 1", .noScheduler(.change(hash), .sourceHashing, engine: "sip")),
            (hash, "ip_vs 2 1 ip_vs_sh\nip_vs_sh 16384 0 - Live", .noEngine(.change(hash), "sip")),
            (hash, "ip_vs_pe_sip 1", .noScheduler(.change(hash), .sourceHashing, engine: nil)),
            (none, "", .noEngine(.change(none), "sip")),
        ]
        for (operation, modules, error) in table {
            let outcomes = await outcome(operation, .refused(.noEntry, words: ""), modules: modules)
            #expect(outcomes == [error, error])
        }
    }

    @Test func permissionIsExplained() async throws {
        let verdicts: [(Privilege, String)] = [
            (.unknown, "K303"), (.lacking, "K303"), (.complete, "K303"),
            (.namespaced(uidMap: "0 100000 65536"), "K304"),
        ]
        for (privilege, code) in verdicts {
            let outcomes = await outcome(add, .refused(.notPermitted, words: ""), privilege)
            #expect(outcomes.map { $0?.code } == [code, code])
        }
        let namespaced = IPVSError.notPermitted(
            .services,
            .namespaced(uidMap: "0 100000 65536")
        )
        #expect(namespaced.because.contains("0 100000 65536"))
    }

    @Test func aFailedExchangeLeavesThingsOpen() async throws {
        let failures: [NetlinkError] = [
            .overrun, .timedOut(.seconds(5)), .malformed("x"), .interrupted,
        ]
        for failure in failures {
            let error = IPVSError.uncertain(.change(add), failure)
            #expect(await outcome(add, failure) == [error, error])
            #expect(error.leavesStateUnknown)
        }
        let socket = NetlinkError.unavailable(.noMemory, attempted: "open a socket")
        let error = IPVSError.unreachable(.change(add), .noMemory, attempted: "open a socket")
        #expect(await outcome(add, socket) == [error, error])
        #expect(!IPVSError.exists(.change(add)).leavesStateUnknown)
    }

    @Test func withoutAFamilyThereIsNoIPVS() async throws {
        let client = Client(over: ScriptedKernel { _ in [] })
        await #expect(throws: IPVSError.absent(.info)) { try await client.info() }
        await #expect(throws: IPVSError.absent(.change(add))) { try await client.apply([add]) }
    }

    @Test func answersThatMakeNoSense() async throws {
        let info = try message(CapturedServices.info)
        let service = try message(CapturedServices.maglev)
        let cut = Message(type: 32, payload: Array(service.payload.dropLast()))
        let answers: [[Message]] = [[], [info, info], [service], [cut]]
        for answer in answers {
            let kernel = ScriptedKernel(families: ["IPVS": 32]) { _ in answer }
            let client = Client(over: kernel)
            do throws(IPVSError) {
                _ = try await client.info()
                #expect(answer == [info])
            } catch {
                #expect(error.code == "K320")
            }
        }
        // The answer about another service than the one that was asked about.
        let kernel = ScriptedKernel(families: ["IPVS": 32]) { _ in [service] }
        let client = Client(over: kernel)
        let other = try tcp("192.0.2.99", 443)
        await #expect(
            throws: IPVSError.unreadable(
                .service(other),
                reason: "the answer is about something else"
            )
        ) { try await client.service(other) }
        #expect(try await client.service(vip).service.scheduler == .maglev)
        await #expect(
            throws: IPVSError.unreadable(
                .destinations(of: vip),
                reason: "the list holds something else"
            )
        ) { try await client.destinations(of: vip) }
    }

    @Test func servicesWithoutANameAreLeftOut() async throws {
        let other = try message(
            CapturedServices.maglev.replacing("06000200 06000000", with: "06000200 2f000000")
        )
        let service = try message(CapturedServices.maglev)
        let kernel = ScriptedKernel(families: ["IPVS": 32]) { _ in [other, service] }
        let services = try await Client(over: kernel).services()
        #expect(services.map(\.service.identity) == [vip])
    }

    @Test func everyErrorSpeaks() {
        let request = Request.change(add)
        let errors: [IPVSError] = [
            .absent(request), .noScheduler(request, .maglev, engine: nil),
            .noEngine(request, "sip"),
            .notPermitted(request, .lacking), .notPermitted(request, .namespaced(uidMap: "0 1 2")),
            .serviceMissing(request, vip), .destinationMissing(request, place, of: vip),
            .daemonMissing(request, .master), .noInterface(request, "eth9"),
            .exists(request), .invalid(request, words: "no"), .outOfRange(request),
            .familyNotSupported(request, .v6), .refused(request, .noMemory, words: ""),
            .refusedBeforeSending(request, .weight(-1)), .uncertain(request, .overrun),
            .unreadable(request, reason: "too short"), .restless(request),
            .unreachable(request, .noMemory, attempted: "open a socket"),
        ]
        #expect(Set(errors.map(\.code)).count == errors.count)
        for error in errors {
            #expect(error.request == request)
            #expect(error.summary.contains("add service tcp 192.0.2.10:443"))
            #expect(!error.because.isEmpty)
            #expect(!error.fix.isEmpty)
            #expect("\(error)".hasPrefix("error[\(error.code)]: "))
        }
    }
}
