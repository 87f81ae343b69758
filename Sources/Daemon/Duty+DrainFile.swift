import Core
import Logging

/// The drain file: what it wants is asked of the director like any other order.
extension Duty {
    /// Looks at it for as long as the task lasts.
    func watchDrainFile() async {
        // The director announces nothing new before the first look that can tell; one that hangs in
        // the file system must keep nothing else from going on.
        var watch = DrainFileWatch(isAwaited: latest.director.intent.drain.file != nil)
        let lookout = DrainFileLookout()
        while !Task.isCancelled {
            await lookAtDrainFile(&watch, from: lookout)
            do {
                try await Task.sleep(for: DrainFileWatch.every)
            } catch {
                return
            }
        }
    }

    private func lookAtDrainFile(
        _ watch: inout DrainFileWatch,
        from lookout: DrainFileLookout
    ) async {
        // What was just put in force counts, not what it was at the start.
        let file = latest.director.intent.drain.file.map { DrainFile(path: $0) }
        var look: (file: DrainFile, sight: DrainFile.Sight)?
        if let file {
            let sight = await lookout.sight(of: file)
            guard let sight else { return }
            look = (file, sight)
        }
        let step = watch.take(
            look,
            now: round.moment,
            civilNow: .current
        )
        switch step {
        case .none: return
        case .order(let command):
            // One that does not fit is given again at the next look.
            if ask(command) { watch.passedOn(command) }
        case .blind(let reason):
            logger.warning(
                "cannot tell whether the drain file exists; nothing changes meanwhile",
                metadata: ["file": "\(file?.path ?? "")", "reason": "\(reason)"]
            )
        }
    }
}
