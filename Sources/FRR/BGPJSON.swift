import FoundationEssentials
import Net

/// Reads the JSON of a `show` into one of the shapes of this library.
///
/// A key that is missing is an error and never an empty list: what was not seen is unknown.
enum BGPJSON {
    static func decode<Shape: Decodable>(
        _ shape: Shape.Type,
        from reply: VTYReply,
        to line: VTYLine
    ) throws(FRRError) -> Shape {
        do {
            // Through `String`, because a host name in the middle may hold bytes that no UTF-8 has.
            return try JSONDecoder().decode(shape, from: Data(reply.text.utf8))
        } catch let error as DecodingError {
            throw .unreadable(line: line.text, reason: words(for: error))
        } catch {
            throw .unreadable(line: line.text, reason: "\(error)")
        }
    }

    private static func words(for error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "" : " in \(path)"
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "the key \(key.stringValue) is missing\(place(context))"
        case .valueNotFound(_, let context): return "a value is missing\(place(context))"
        case .typeMismatch(_, let context):
            return "a value has another type\(place(context)): \(context.debugDescription)"
        case .dataCorrupted(let context):
            return "it is not what was expected\(place(context)): \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}

/// An AS number in JSON: a number, or with `as-notation dot` a string.
struct ASNValue: Decodable {
    let asn: ASN

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            asn = ASN(try container.decode(UInt32.self))
        } catch DecodingError.typeMismatch {
            asn = try ASN(parsing: try container.decode(String.self))
        }
    }
}

/// Any name as a key.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
}
