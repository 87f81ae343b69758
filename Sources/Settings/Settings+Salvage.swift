package import Core

extension Settings {
    /// What of a refused file can be read all the same: enough to take routes back by, and never
    /// enough to announce any.
    package struct Salvage: Sendable {
        /// The speakers and the ranges, as far as there are any of both.
        package var bgp: BGPPolicy?
        /// The link that has the VIPs.
        package var interface: String
        /// The VIPs that could be read.
        package var vips: [VIP]
        /// Where the daemon listens.
        package var control: ControlSettings
    }

    /// Reads of the file at `path` what can be read; `nil` when that is nothing.
    ///
    /// What is wrong with it is what `load` says.
    package static func salvage(path: String) -> Salvage? {
        var warnings: [Problem] = []
        do {
            // What is no text in a comment is no reason to read nothing.
            let text = String(decoding: try read(path, &warnings), as: UTF8.self)
            return salvage(text: text, file: path)
        } catch {
            return nil
        }
    }

    /// Reads of `text` what can be read.
    static func salvage(text: String, file: String) -> Salvage? {
        let body = text.hasPrefix("\u{feff}") ? String(text.unicodeScalars.dropFirst()) : text
        let source = Source(file: file, text: body)
        var yaml = YAMLSource(body, source)
        guard let root = yaml.compose(), yaml.problems.isEmpty else { return nil }
        var reading = Reading(source)
        guard let fields = reading.fields(root, of: .root) else { return nil }
        var whole = Reading(source)
        return Salvage(
            bgp: fields["bgp"].flatMap { reading.bgp($0)?.policy },
            interface: reading.ipvs(fields["ipvs"]).policy.interface,
            vips: whole.document(root, hostName: "")?.intent.vips ?? [],
            control: reading.control(fields["control"])
        )
    }
}
