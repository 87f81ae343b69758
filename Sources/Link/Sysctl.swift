package import Net
package import Netlink

/// A kernel setting that decides whether a director serves as promised.
///
/// The values are those of the kernel's Documentation/networking/ipvs-sysctl.rst and
/// ip-sysctl.rst. All of them belong to the network namespace of the process.
package struct Sysctl: Hashable, Sendable {
    /// Its name as sysctl(8) writes it, such as `net.ipv4.vs.sloppy_tcp`.
    package let name: String
    /// The files it is read from, of which the last one is written.
    ///
    /// What the kernel goes by is the greatest of their numbers.
    package let files: [KernelFile]
    /// The numbers that will do, the first being the one to set; empty where any will.
    package let accepted: [Int]
    /// What goes wrong otherwise, in one sentence without a full stop.
    package let reason: String
    /// Whether traffic is not served as promised while it is wrong; otherwise it is advice.
    package let isNeeded: Bool
    /// The families of addresses whose traffic it concerns.
    package let families: Set<AddressFamily>
    /// When it matters.
    package let use: Use

    /// What a director has to do for a setting to matter.
    package enum Use: String, Hashable, Sendable, CaseIterable {
        /// Nothing in particular.
        case always
        /// Forward by rewriting addresses, so that replies pass it.
        case masquerading
        /// Translate the source as well.
        case sourceNAT
        /// Not translate the source anywhere.
        case noSourceNAT
        /// Forward through tunnels.
        case tunnelling
        /// Serve SCTP.
        case sctp
        /// Check servers by way of IPVS.
        case checkPaths
        /// So that they answer it themselves, with the address of a VIP.
        case directCheckPaths
    }

    /// What it should be, in words a table can show: `1`, or `2 or 0`.
    package var wanted: String { accepted.map { "\($0)" }.joined(separator: " or ") }

    /// A setting of these parts.
    ///
    /// - Parameters:
    ///   - name: Its name as sysctl(8) writes it.
    ///   - files: The files it is read from; at least one.
    ///   - accepted: The numbers that will do; empty for a setting that is only read.
    ///   - isNeeded: Whether traffic is not served as promised while it is wrong.
    ///   - families: The families of addresses whose traffic it concerns.
    ///   - use: When it matters.
    ///   - reason: What goes wrong otherwise.
    package init(
        _ name: String,
        files: [KernelFile],
        accepted: [Int],
        isNeeded: Bool,
        families: Set<AddressFamily> = Set(AddressFamily.allCases),
        use: Use = .always,
        reason: String
    ) {
        precondition(!files.isEmpty, "a setting has a file")
        self.name = name
        self.files = files
        self.accepted = accepted
        self.isNeeded = isNeeded
        self.families = families
        self.use = use
        self.reason = reason
    }

    /// One look at a setting.
    package struct Reading: Hashable, Sendable {
        /// The setting that was looked at.
        package let setting: Sysctl
        /// The number that the kernel goes by; `nil` when this kernel does not have the setting.
        package let actual: Int?

        /// A reading of these parts.
        package init(setting: Sysctl, actual: Int?) {
            self.setting = setting
            self.actual = actual
        }

        /// True when what it is will do; what the kernel does not have cannot be wrong.
        package var isRight: Bool {
            guard let actual, !setting.accepted.isEmpty else { return true }
            return setting.accepted.contains(actual)
        }
    }

    /// The same setting, where no other number than `number` will do.
    package func wanting(_ number: Int) -> Sysctl {
        Sysctl(
            name,
            files: files,
            accepted: [number],
            isNeeded: isNeeded,
            families: families,
            use: use,
            reason: reason
        )
    }

    /// Looks at it.
    ///
    /// - Throws: `LinkError` when a file is there and cannot be read as a number.
    package func read() throws(LinkError) -> Reading {
        var greatest: Int?
        for file in files {
            guard let number = try file.number(of: name) else {
                return Reading(setting: self, actual: nil)
            }
            greatest = max(greatest ?? number, number)
        }
        return Reading(setting: self, actual: greatest)
    }

    /// Sets it to the first of the accepted numbers, and says what it is afterwards.
    ///
    /// It is not touched where it will do already, or where the kernel does not have it.
    ///
    /// - Throws: `LinkError`, such as for EROFS where /proc/sys is read-only.
    package func set() throws(LinkError) -> Reading {
        let before = try read()
        guard !before.isRight else { return before }
        do throws(KernelFile.Failure) {
            try files[files.count - 1].write("\(accepted[0])")
        } catch {
            throw LinkError(attempted: "set \(name) to \(accepted[0])", reason: .file(error))
        }
        return try read()
    }
}

extension KernelFile {
    /// The number in the file, for the setting called `name`; `nil` when there is no such file.
    func number(of name: String) throws(LinkError) -> Int? {
        let text: String
        do throws(KernelFile.Failure) {
            text = try self.text()
        } catch {
            guard error.errno != .noEntry else { return nil }
            throw LinkError(attempted: "read \(name)", reason: .file(error))
        }
        guard let number = Int(text) else {
            throw LinkError(attempted: "read \(name)", reason: .notANumber(text))
        }
        return number
    }
}
