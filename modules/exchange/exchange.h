/*
 * Exchange: how facts get in. Agencies push signed batches of lines (NDJSON); each line becomes a
 * fact of a person, organisation, vehicle, licence or violation, or a fault with all its reasons.
 * Exchange is the only writer of those tables.
 *
 * A batch is spooled to an encrypted file and hashed while it comes in; its signature is verified
 * before the first line is looked at. Then it is applied in chunks: the facts of some lines and the
 * position of the next are one transaction, so whoever continues after a crash neither loses nor
 * doubles a line.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "core/db.h"

#define EXCHANGE_REASONS(X)                                                                        \
    X(SIGNATURE_REFUSED, 401, "signature_refused", "机构或签名无效")                               \
    X(TIMESTAMP_REFUSED, 401, "timestamp_refused", "请求时间与平台时间相差超过十分钟")             \
    X(BATCH_ID_REUSED, 409, "batch_id_reused", "该批次号已用于其他内容")                           \
    X(BATCH_EMPTY, 400, "batch_empty", "批次没有内容")                                             \
    X(LINE_TOO_LONG, 422, "line_too_long", "该行超过16KiB")                                        \
    X(TYPE_UNKNOWN, 422, "type_unknown", "不认识的记录类型")                                       \
    X(TYPE_NOT_ALLOWED, 422, "type_not_allowed", "该机构不能报送此类记录")                         \
    X(IN_FUTURE, 422, "in_future", "时间在未来")                                                   \
    X(DATES_CROSSED, 422, "dates_crossed", "日期先后不符")                                         \
    X(UNDER_AGE, 422, "under_age", "行为时不满十四周岁的人不予行政处罚")                             \
    X(STUDY_UNKNOWN, 422, "study_unknown", "平台没有这条学习记录")                                 \
    X(PERSON_UNKNOWN, 422, "person_unknown", "平台没有此人，请先报送人员")                         \
    X(ORGANISATION_UNKNOWN, 422, "organisation_unknown", "平台没有此单位，请先报送单位")           \
    X(TWO_OWNERS, 422, "two_owners", "车主不能既是个人又是单位")                                   \
    X(RECORD_DIFFERS, 409, "record_differs", "该编号已有内容不同的记录")                           \
    X(SITE_UNKNOWN, 422, "site_unknown", "平台没有这个点位，请先报送点位")                         \
    X(SITE_KIND_DIFFERS, 422, "site_kind_differs", "该点位不产生此类记录")                         \
    X(NAME_DIFFERS, 409, "name_differs", "姓名与身份证号登记的姓名不一致")

EXCHANGE_REASONS(REASON_DECLARE)

struct exchange_settings {
    const char *agency_keys; /* folder of NAME.pem */
    const char *spool;       /* folder of batches that are not applied yet */
};

struct push_input {
    const char *batch_id;
    int64_t after;
};

struct person_input {
    const char *name;
    struct id_no id_no;
};

struct person_name_input {
    const char *person_id;
};
struct person_answer {
    const char *person_id;
};

extern const struct field report_fields[], person_answer_fields[], person_name_fields[];

MUST_CHECK enum error push_batch(struct request *r);
MUST_CHECK enum error show_batch(struct request *r);
MUST_CHECK enum error make_person(struct request *r);
MUST_CHECK enum error name_person(struct request *r);

#endif
