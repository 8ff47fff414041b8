/* The money invariants as statements, each of which counts what violates it. */

#include "payment/invariant.h"

const struct field violations_fields[] = {FIELD(struct violations, violations), FIELD_END};

#define COUNT(sql_)                                                                                \
    {                                                                                              \
        .sql = "SELECT COUNT(*) AS violations FROM " sql_,                                         \
        ROWS(struct violations, violations_fields)                                                 \
    }

/* A statement over a million rows would take too long: it takes those between two keys, which are
   ULIDs and so in the order of time. */
#define PART(key) key " > ? AND " key " <= ?"
/* Of one bill, between two numbers. */
#define LINES "b.id = ? AND l.line_no > ? AND l.line_no <= ?"
/* The day of a gateway is the calendar's, or begins on the evening before. */
#define FACTS_OF_CLOSED_DAYS                                                                       \
    "money_fact f JOIN (SELECT 0 AS later UNION ALL SELECT 1) d"                                   \
    "  JOIN recon_batch b ON b.gateway = f.gateway AND b.merchant = f.merchant"                    \
    "  AND b.bill_date = DATE(f.happened_at + INTERVAL 8 HOUR) + INTERVAL d.later DAY"             \
    "  AND b.kind = 'trade' AND b.state = 'closed'"                                                \
    "  AND f.happened_at >= b.begins_at AND f.happened_at < b.ends_at"                             \
    "  LEFT JOIN payment_case c ON c.kind = 'bill_missing_there' AND c.dedupe = f.id"
#define LINES_OF_FACT                                                                              \
    "(SELECT COUNT(*) FROM bill_line l JOIN recon_batch k ON k.id = l.batch_id"                    \
    "  AND k.kind = 'trade' WHERE l.fact_id = f.id)"

/* In the order of invariants[]. */
/* What is asked back for an obligation b, or went. */
#define RETURNED                                                                                   \
    "COALESCE((SELECT SUM(d.amount_fen) FROM refund d WHERE d.obligation_id = b.id"                \
    "  AND d.state <> 'closed'), 0)"

const struct statement invariant_sql[] = {
    /* M01 every ledger transaction has two lines or more and balances */
    COUNT("(SELECT t.id FROM ledger_txn t LEFT JOIN ledger_entry e ON e.txn_id = t.id"
          "  WHERE " PART(
              "t.id") " GROUP BY t.id"
                      "  HAVING COUNT(e.line) < 2 OR SUM(e.dr_fen) <> SUM(e.cr_fen)) bad"),
    /* M02 the ledger balances, in each of its parts and so as a whole */
    COUNT("(SELECT SUM(dr_fen) AS dr, SUM(cr_fen) AS cr FROM ledger_entry WHERE " PART(
        "txn_id") ") book WHERE dr <> cr"),
    /* M03 every incoming fact has one receipt of its amount */
    COUNT("money_fact f LEFT JOIN ledger_txn t ON t.ev = 'receipt' AND t.ev_ref = f.id"
          "  LEFT JOIN ledger_entry e ON e.txn_id = t.id AND e.line = 1"
          "  WHERE " PART(
              "f.id") " AND f.direction = 'in' AND (e.dr_fen IS NULL OR e.dr_fen <> f.amount_fen)"),
    /* M04 an order is paid exactly when one applied fact of that amount exists */
    COUNT(
        "(SELECT o.id FROM pay_order o LEFT JOIN money_fact f ON f.order_id = o.id"
        "  AND f.disposition = 'applied' WHERE " PART(
            "o.id") " GROUP BY o.id, o.state, o.paid_fen"
                    "  HAVING (o.state IN ('paid', 'refunding', 'part_refunded', 'refunded'))"
                    "  <> (COUNT(f.id) = 1) OR COALESCE(SUM(f.amount_fen), 0) <> o.paid_fen) bad"),
    /* M05 the settlements of an applied fact add up to it */
    COUNT("(SELECT f.id FROM money_fact f LEFT JOIN settlement s ON s.gw_txn_id = f.id"
          "  WHERE " PART("f.id") " AND f.disposition = 'applied' GROUP BY f.id, f.amount_fen"
                                  "  HAVING COALESCE(SUM(s.amount_fen), 0) <> f.amount_fen) bad"),
    /* M07 what could not be applied goes back in full */
    COUNT(
        "money_fact f LEFT JOIN refund d ON d.fact_id = f.id AND d.amount_fen = f.amount_fen"
        "  WHERE " PART(
            "f.id") " AND f.disposition IN ('excess', 'orphan', 'mismatch') AND f.direction = 'in'"
                    "  AND d.id IS NULL"),
    /* M08 refunds never exceed the fact they come from */
    COUNT("(SELECT f.id FROM money_fact f JOIN refund d ON d.fact_id = f.id"
          "  WHERE " PART("f.id") " AND d.state <> 'closed' GROUP BY f.id, f.amount_fen"
                                  "  HAVING SUM(d.amount_fen) > f.amount_fen) bad"),
    /* M09 reserved and refunded are the sums of the refunds */
    COUNT("(SELECT o.id FROM pay_order o LEFT JOIN money_fact f ON f.order_id = o.id"
          "  AND f.disposition = 'applied' LEFT JOIN refund d ON d.fact_id = f.id"
          "  WHERE " PART("o.id") " GROUP BY o.id, o.refund_reserved_fen, o.refunded_fen HAVING"
                                  "  COALESCE(SUM(IF(d.state <> 'closed', d.amount_fen, 0)), 0) <> "
                                  "o.refund_reserved_fen"
                                  "  OR COALESCE(SUM(IF(d.state IN ('success', 'transferred'), "
                                  "d.amount_fen, 0)), 0)"
                                  "    <> o.refunded_fen) bad"),
    /* M10 suspense holds what is under way back, no more and no less; what was never applied stays
       there until it is back, by its own refund or by one that was recovered; what went out for no
       refund is missing there, and has a case */
    COUNT("(SELECT COALESCE(SUM(cr_fen - dr_fen), 0) AS held FROM ledger_entry"
          "  WHERE account = 'suspense') book WHERE held <>"
          "  (SELECT COALESCE(SUM(d.amount_fen), 0) FROM refund d"
          "  WHERE d.state NOT IN ('success', 'transferred')"
          "  AND (d.reason NOT IN ('officer', 'revoked')"
          "    OR d.state NOT IN ('requested', 'closed'))"
          "  AND NOT EXISTS (SELECT 1 FROM refund n WHERE n.dedupe = CONCAT('again:', d.id))"
          "  AND NOT (d.state = 'closed' AND EXISTS (SELECT 1 FROM refund e"
          "    WHERE e.fact_id = d.fact_id AND e.reason = 'recovered')))"
          "  - (SELECT COALESCE(SUM(f.amount_fen), 0) FROM money_fact f"
          "    WHERE f.direction = 'out' AND f.disposition = 'orphan')"),
    /* M11 a successful refund has one outgoing fact and one booking of its amount; a transferred
       one has its transfer, which no bill shows, booked instead */
    COUNT("(SELECT d.id FROM refund d LEFT JOIN money_fact f ON f.direction = 'out' AND f.our_no = "
          "d.id"
          "  AND f.gateway = d.gateway AND f.amount_fen = d.amount_fen"
          "  LEFT JOIN ledger_txn t ON t.ev = 'refund_out' AND t.ev_ref = f.id"
          "  WHERE " PART(
              "d.id") " AND d.state = 'success' AND t.id IS NULL"
                      "  UNION ALL SELECT d.id FROM refund d"
                      "  LEFT JOIN refund_transfer a ON a.refund_id = d.id AND a.state = 'done'"
                      "  LEFT JOIN ledger_txn t ON t.ev = 'transfer_out' AND t.ev_ref = a.id"
                      "  LEFT JOIN ledger_entry e ON e.txn_id = t.id AND e.account = 'suspense'"
                      "  AND e.dr_fen = d.amount_fen WHERE " PART(
                          "d.id") " AND ((d.state = 'transferred') <> (a.id IS NOT NULL)"
                                  "  OR (d.state = 'transferred' AND e.txn_id IS NULL))) bad"),
    /* M12 every outgoing fact belongs to a refund or to a case */
    COUNT("money_fact f LEFT JOIN refund d ON d.id = f.our_no AND d.state = 'success'"
          "  LEFT JOIN payment_case c ON c.kind = 'refund_unexpected' AND c.dedupe = f.gateway_no"
          "  WHERE " PART("f.id") " AND f.direction = 'out' AND d.id IS NULL AND c.id IS NULL"),
    /* M13 whoever issued a settled obligation is told */
    COUNT("settlement s LEFT JOIN payment_told e ON e.dedupe = s.obligation_id"
          "  WHERE " PART("s.gw_txn_id") " AND e.dedupe IS NULL"),
    /* M14 no job is stuck */
    COUNT("payment_job WHERE (state = 'leased' AND lease_until < NOW(3) - INTERVAL 10 MINUTE)"
          "  OR (state = 'ready' AND attempts = 0 AND run_at < ? - INTERVAL 15 MINUTE)"),
    /* M15 every callback is done, or parked with a case */
    COUNT("callback_inbox i LEFT JOIN payment_case c ON c.kind = 'callback_parked'"
          "  AND c.dedupe = i.event_key WHERE i.state = 'new'"
          "  OR (i.state = 'parked' AND c.id IS NULL)"),
    /* M16 no attempt outlives its order by two hours */
    COUNT("pay_attempt a JOIN pay_order o ON o.id = a.order_id"
          "  WHERE a.state IN ('init', 'open', 'unknown') AND o.expire_at < ? - INTERVAL 2 HOUR"),
    /* M17 one payable attempt for an order and gateway */
    COUNT("(SELECT order_id FROM pay_attempt WHERE state IN ('init', 'open', 'unknown')"
          "  GROUP BY order_id, gateway HAVING COUNT(*) > 1) bad"),
    /* M18 a closed bill has the lines and sums that it announced ... */
    COUNT("(SELECT b.id FROM recon_batch b LEFT JOIN bill_line l ON l.batch_id = b.id"
          "  WHERE b.id = ? GROUP BY b.id, b.line_count, b.in_fen, b.out_fen"
          "  HAVING COUNT(l.line_no) <> b.line_count"
          "  OR COALESCE(SUM(IF(l.state = 'done' AND l.direction = 'in', l.amount_fen, 0)), 0)"
          "    <> b.in_fen"
          "  OR COALESCE(SUM(IF(l.state = 'done' AND l.direction = 'out', l.amount_fen, 0)), 0)"
          "    <> b.out_fen) bad"),
    /* ... and each line is matched or has a case */
    COUNT("(SELECT b.id FROM recon_batch b JOIN bill_line l ON l.batch_id = b.id"
          "  LEFT JOIN payment_case c ON c.kind = CONCAT('bill_', l.verdict)"
          "  AND c.dedupe = CONCAT_WS(':', b.gateway, b.merchant, l.direction, l.gateway_no)"
          "  WHERE " LINES " AND (l.verdict = 'new'"
          "  OR (l.verdict IN ('amount_differs', 'state_differs', 'missing_here') AND c.id IS NULL)"
          "  OR (l.verdict IN ('matched', 'applied') AND l.fact_id IS NULL))) bad"),
    /* M19 every fact of the period of a closed bill is matched by one line, or has a case; also one
       that came when the bill was closed already */
    COUNT(FACTS_OF_CLOSED_DAYS "  WHERE " PART(
        "f.id") " AND c.id IS NULL"
                "  AND f.disposition IN ('applied', 'excess', 'orphan', 'mismatch',"
                "  'refund') AND " LINES_OF_FACT " <> 1"),
    /* M20 every move is an edge of its machine */
    COUNT("state_move m LEFT JOIN state_edge e ON e.machine = m.machine AND e.frm = m.frm"
          "  AND e.dst = m.dst WHERE " PART("m.object_id") " AND e.machine IS NULL"),
    /* M21 what was paid for an obligation withdrawn since has a refund; or, where too little was
       left of its order, a case; and so has what was paid above any price of one that was lowered
     */
    COUNT("settlement s JOIN obligation b ON b.id = s.obligation_id"
          "  LEFT JOIN payment_case c ON c.kind = 'revoked_overlap' AND c.dedupe = b.id"
          "  WHERE " PART("s.gw_txn_id") " AND c.id IS NULL"
                                         "  AND (b.withdrawn_at IS NOT NULL AND " RETURNED
                                         " <> s.amount_fen"
                                         "    OR b.withdrawn_at IS NULL AND b.lowered_at IS NOT "
                                         "NULL AND " RETURNED " = 0"
                                         "    AND s.amount_fen > b.lowered_fen + b.lowered_fen * "
                                         "b.late_percent_max DIV 100)"),
    /* M22 what was applied goes back by two different people, and so does what is transferred; who
       agreed to one that was recovered is not known here, so it has a case */
    COUNT("(SELECT id FROM refund d WHERE " PART(
        "d.id") " AND reason IN ('officer', 'revoked')"
                "  AND state NOT IN ('requested', 'closed') AND NOT EXISTS (SELECT 1 FROM "
                "payment_case c"
                "    WHERE c.kind = 'refund_recovered' AND c.dedupe = d.id)"
                "  AND (maker IS NULL OR checker IS NULL OR maker = checker)"
                "  UNION ALL SELECT id FROM refund_transfer WHERE " PART(
                    "refund_id") " AND state = 'done'"
                                 "  AND (maker IS NULL OR checker IS NULL OR maker = checker)) "
                                 "bad"),
    /* M23 nothing is at a gateway's door for more than two minutes */
    COUNT("(SELECT id FROM pay_attempt WHERE state = 'init' AND updated_at < ? - INTERVAL 2 MINUTE"
          "  UNION ALL SELECT id FROM refund WHERE state = 'submitting'"
          "  AND updated_at < ? - INTERVAL 2 MINUTE) stuck"),
    /* M25 no bank account and no callback outlives the moment until which it may be kept */
    COUNT("(SELECT id FROM refund_transfer WHERE keep_until < ? - INTERVAL 2 HOUR"
          "  AND (holder IS NOT NULL OR bank IS NOT NULL OR account_no IS NOT NULL"
          "    OR tail IS NOT NULL)"
          "  UNION ALL SELECT id FROM callback_inbox WHERE keep_until < ? - INTERVAL 2 HOUR) kept"),
    /* M26 a settlement hangs on an applied fact */
    COUNT("settlement s LEFT JOIN money_fact f ON f.id = s.gw_txn_id"
          "  AND f.disposition = 'applied' WHERE " PART("s.gw_txn_id") " AND f.id IS NULL"),
    /* M27 clearing moves by each line of the bill that has its fact */
    COUNT("(SELECT b.id FROM recon_batch b JOIN bill_line l ON l.batch_id = b.id"
          "  AND l.verdict IN ('matched', 'applied') LEFT JOIN ledger_txn t"
          "  ON t.ev = IF(l.direction = 'in', 'receipt', 'refund_out') AND t.ev_ref = l.fact_id"
          "  LEFT JOIN ledger_entry e ON e.txn_id = t.id"
          "  AND e.account = CONCAT('clearing:', b.gateway)"
          "  LEFT JOIN payment_case c ON c.kind = 'bill_totals_differ' AND c.dedupe = b.id"
          "  WHERE " LINES " AND b.kind = 'trade' AND c.id IS NULL"
          "  GROUP BY b.id, l.line_no HAVING MAX(IF(l.direction = 'in', l.amount_fen,"
          "  -l.amount_fen)) <> COALESCE(SUM(e.dr_fen - e.cr_fen), 0)) bad"),
    {.sql = NULL},
};

/* What each goes by, how often it takes the two ends of a part, and then the moment. */
const struct invariant invariants[] = {
    {"M01", BY_TXN, 1, 0},        {"M02", BY_TXN, 1, 0},   {"M03", BY_FACT, 1, 0},
    {"M04", BY_ORDER, 1, 0},      {"M05", BY_FACT, 1, 0},  {"M07", BY_FACT, 1, 0},
    {"M08", BY_FACT, 1, 0},       {"M09", BY_ORDER, 1, 0}, {"M10", WHOLE, 0, 0},
    {"M11", BY_REFUND, 2, 0},     {"M12", BY_FACT, 1, 0},  {"M13", BY_SETTLEMENT, 1, 0},
    {"M14", WHOLE, 0, 1},         {"M15", WHOLE, 0, 0},    {"M16", WHOLE, 0, 1},
    {"M17", WHOLE, 0, 0},         {"M18", BY_BILL, 0, 0},  {"M18", BY_LINES, 0, 0},
    {"M19", BY_FACT, 1, 0},       {"M20", BY_MOVE, 1, 0},  {"M21", BY_SETTLEMENT, 1, 0},
    {"M22", BY_REFUND, 2, 0},     {"M23", WHOLE, 0, 2},    {"M25", WHOLE, 0, 2},
    {"M26", BY_SETTLEMENT, 1, 0}, {"M27", BY_LINES, 0, 0}, {.id = NULL},
};
