import IPVS
import Net
import Testing

/// The model against thousands of flows that a kernel has just scheduled.
///
/// It runs where the lab has recorded them; `integration/guest/cases_maglev.py` does, and shows as
/// well that a single other answer makes this fail.
@Suite(.enabled(if: RecordedTable.path != nil)) struct MaglevFlowsTests {
    @Test func everyFlowIsPredicted() throws {
        let tables = try RecordedTable.read(try #require(RecordedTable.path))
        #expect(!tables.isEmpty)
        for table in tables {
            let model = try #require(table.model)
            #expect(!table.flows.isEmpty)
            let wrong = table.flows.filter { flow in
                let answer = model.answer(for: flow.client.address, port: flow.client.port)
                return answer?.address != flow.server
            }
            #expect(wrong.isEmpty, "\(wrong.count) of \(table.flows.count) flows of \(table.name)")
        }
    }
}
