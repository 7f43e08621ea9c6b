const _columns = `id, message_id, shard_id, entity_type, entity_id, kind, tag, payload, headers,
  trace_id, span_id, sampled, request_id, reply_id, deliver_at`

const _types = `id bigint, message_id text, shard_id text, entity_type text, entity_id text, kind int,
  tag text, payload text, headers text, trace_id text, span_id text, sampled boolean, request_id bigint,
  reply_id bigint, deliver_at bigint`

/** The last chunk that was sent, for a stream that goes on elsewhere. */
const _chunk = "r.id AS chunk_id, r.payload AS chunk_payload, r.sequence AS chunk_sequence"

/** Neither answered nor waiting for the acknowledgement of a chunk. */
const _open = `NOT m.processed AND (m.deliver_at IS NULL OR m.deliver_at <= $2::bigint) AND NOT EXISTS (
    SELECT 1 FROM cluster_replies x WHERE x.request_id = m.request_id AND (x.kind = 0 OR NOT x.acked))`

/**
 * Every statement on the message tables that is written more than now and then; each is prepared once a
 * connection. Rows come as one JSON parameter, so that a statement has the same text whatever their number.
 */
const MessageStatements = {
  /** Sorted, because two batches that insert the same keys in another order would wait for each other. */
  insert: `INSERT INTO cluster_messages (${_columns})
    SELECT ${_columns} FROM json_to_recordset($1::json) AS m(${_types}) ORDER BY message_id, id
    ON CONFLICT DO NOTHING RETURNING id`,

  /** A statement of its own: the insert's snapshot does not see the row that it lost against. */
  existing: `SELECT m.id, m.message_id, r.id AS reply_id, r.kind, r.payload, r.sequence
    FROM cluster_messages m LEFT JOIN cluster_replies r ON r.id = m.last_reply_id
    WHERE m.message_id = ANY($1::text[]) OR m.id = ANY($2::bigint[])`,

  /**
   * At most one reply of a request in a batch. A reply that stands is not written again. The array bounds
   * what is read of the messages, whatever way of joining the plan has chosen when they were few.
   */
  reply: `WITH written AS (
      INSERT INTO cluster_replies (id, kind, request_id, payload, sequence)
      SELECT id, kind, request_id, payload, sequence FROM json_to_recordset($1::json)
        AS r(id bigint, kind int, request_id bigint, payload text, sequence int) ORDER BY request_id
      ON CONFLICT DO NOTHING RETURNING id, kind, request_id
    ), answered AS (
      UPDATE cluster_messages m SET
        processed = m.processed OR w.kind IS NOT DISTINCT FROM 0, last_reply_id = w.id
      FROM written w WHERE m.request_id = w.request_id AND (w.kind = 0 OR m.id = w.request_id)
        AND m.request_id = ANY(ARRAY(SELECT request_id FROM written))
    )
    SELECT id FROM written`,

  /** Replies that stand already: of the same id it is the same reply, which its writer did not know of. */
  standing: "SELECT id, request_id FROM cluster_replies WHERE id = ANY($1::bigint[])",

  /** The acknowledgement of a chunk, which takes the place of the one before it. */
  acknowledge: `WITH m AS MATERIALIZED (SELECT * FROM json_to_recordset($1::json) AS m(${_types})),
    chunk AS (UPDATE cluster_replies r SET acked = true FROM m WHERE r.id = m.reply_id),
    earlier AS (
      UPDATE cluster_messages a SET processed = true FROM m
      WHERE NOT a.processed AND a.request_id = m.request_id AND a.kind = 1
    )
    INSERT INTO cluster_messages (${_columns}) SELECT ${_columns} FROM m`,

  /**
   * Marks what it gives, so that the next read does not; the mark is void when its shard changes hands.
   * Nobody waits until the mark is on disk: a database that crashes and loses it loses the locks, too.
   */
  unprocessed: `WITH unsynced AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
    read AS (
      UPDATE cluster_messages u SET last_read = now() FROM (
        SELECT m.* FROM cluster_messages m, unsynced WHERE m.shard_id = ANY($1::text[]) AND ${_open}
          AND (m.last_read IS NULL OR m.last_read < now() - interval '10 minutes') FOR UPDATE OF m
      ) m LEFT JOIN cluster_replies r ON r.id = m.last_reply_id
      WHERE u.id = m.id RETURNING m.*, ${_chunk}
    ) SELECT * FROM read ORDER BY rowid`,

  unprocessedById: `SELECT m.*, ${_chunk} FROM cluster_messages m
    LEFT JOIN cluster_replies r ON r.id = m.last_reply_id
    WHERE m.id = ANY($1::bigint[]) AND ${_open} ORDER BY m.rowid`,

  replies: `SELECT id, kind, request_id, payload, sequence FROM cluster_replies
    WHERE request_id = ANY($1::bigint[]) ORDER BY rowid`,

  openReplies: `SELECT id, kind, request_id, payload, sequence FROM cluster_replies
    WHERE request_id = ANY($1::bigint[]) AND (kind = 0 OR NOT acked) ORDER BY rowid`,

  requestId: "SELECT id FROM cluster_messages WHERE message_id = $1",

  clearReplies: `WITH exits AS (DELETE FROM cluster_replies WHERE request_id = $1::bigint AND kind = 0),
    interrupts AS (DELETE FROM cluster_messages WHERE request_id = $1::bigint AND kind = 2)
    UPDATE cluster_messages SET processed = false, last_reply_id = NULL, last_read = NULL
    WHERE request_id = $1::bigint AND kind <> 2`,

  clearAddress: `WITH gone AS (
      DELETE FROM cluster_messages WHERE entity_type = $1 AND entity_id = $2 RETURNING id
    ) DELETE FROM cluster_replies WHERE request_id IN (SELECT id FROM gone)`,

  resetAddress: `UPDATE cluster_messages SET last_read = NULL
    WHERE NOT processed AND shard_id = $1 AND entity_type = $2 AND entity_id = $3`,

  resetShards: `UPDATE cluster_messages SET last_read = NULL
    WHERE NOT processed AND shard_id = ANY($1::text[])`
} as const

export { MessageStatements }
