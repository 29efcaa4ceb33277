// Prints one JSON line per event of an operation, and ends when the operation has ended.
// Usage: node progress.mjs URL TOKEN OPERATION_ID
import { createClient } from "graphql-sse";

const [url, token, id] = process.argv.slice(2);
const client = createClient({
  url,
  retryAttempts: 0,
  headers: { Authorization: `Bearer ${token}` },
});

const events = client.iterate({
  query: "subscription($id: ID!) { operationProgress(id: $id) { id state stage progress { done total unit } } }",
  variables: { id },
});
for await (const { data, errors } of events) {
  if (errors) throw new Error(JSON.stringify(errors));
  console.log(JSON.stringify(data.operationProgress));
}
client.dispose();
