/*
 * Why a request is refused. A module lists its reasons once, in its header, as an X-macro:
 *
 *   #define PAYMENT_REASONS(X)                                                                 \
 *       X(SETTLED_ALREADY, 409, "settled_already", "该违法已缴款")
 *   PAYMENT_REASONS(REASON_DECLARE)          in the header
 *   PAYMENT_REASONS(REASON_DEFINE)           in service.c
 *   {PAYMENT_REASONS(REASON_LIST) NULL}      the service's .reasons
 *
 * Codes are stable English for programs; messages are Chinese for the person who reads them.
 * Nobody is refused with one reason at a time: collect all with reason(), then end the step with
 * refused(). The first one collected is the headline and gives the HTTP status.
 */
#ifndef CORE_REASON_H
#define CORE_REASON_H

#include "core/error.h"
#include "core/value.h"

struct request;

struct reason {
    int status;
    const char *code;
    const char *message;
};

#define REASON_DECLARE(name, status, code, message) extern const struct reason name;
#define REASON_DEFINE(name, status, code, message)                                                 \
    const struct reason name = {status, code, message};
#define REASON_LIST(name, status, code, message) &name,

/* The core's own reasons, the same for every module. */
#define CORE_REASONS(X)                                                                            \
    X(NOT_FOUND, 404, "not_found", "未找到")                                                       \
    X(METHOD_NOT_ALLOWED, 405, "method_not_allowed", "不支持该请求方法")                           \
    X(UNAUTHENTICATED, 401, "unauthenticated", "请先登录")                                         \
    X(REAL_NAME_REQUIRED, 403, "real_name_required", "请先完成实名认证")                           \
    X(FORBIDDEN, 403, "forbidden", "没有权限")                                                     \
    X(PASSWORD_CHANGE_REQUIRED, 403, "password_change_required", "请先修改初始密码")               \
    X(BODY_TOO_LARGE, 413, "body_too_large", "请求内容过大")                                       \
    X(BODY_NOT_JSON, 400, "body_not_json", "请求内容不是有效的JSON")                               \
    X(FIELD_MISSING, 400, "field_missing", "缺少必填项")                                           \
    X(FIELD_UNKNOWN, 400, "field_unknown", "含有未知字段")                                         \
    X(FIELD_TYPE, 400, "field_type", "字段类型不正确")                                             \
    X(FIELD_RANGE, 400, "field_range", "字段长度或数值超出范围")                                   \
    X(FIELD_INVALID, 400, "field_invalid", "字段内容不正确")                                       \
    X(FIELD_REPEATED, 400, "field_repeated", "列表中有重复项")                                     \
    X(KEY_REQUIRED, 400, "idempotency_key_required", "缺少Idempotency-Key请求头")                  \
    X(KEY_REUSED, 422, "idempotency_key_reused", "Idempotency-Key已用于其他内容")                  \
    X(STILL_RUNNING, 409, "still_running", "上一次相同请求仍在处理，请稍后再试")                   \
    X(UPSTREAM_FAILED, 502, "upstream_failed", "对方系统暂时没有给出结果，请稍后查看")             \
    X(OVERLOADED, 503, "overloaded", "系统繁忙，请稍后再试")                                       \
    X(UNAVAILABLE, 503, "unavailable", "服务暂时不可用，请稍后再试")                               \
    X(INTERNAL_FAULT, 500, "internal", "系统出现错误，我们已记录")

CORE_REASONS(REASON_DECLARE)

/* Collects a reason; `about` says what it concerns, what was found and what was wanted, in order.
   Values are copied; phones and identity numbers among them are masked. */
void reason(struct request *r, struct reason what, struct values about);

/* E_REFUSED when any reason was collected, else E_OK. */
MUST_CHECK enum error refused(struct request *r);

/* For those who judge many records in one request: the index-th of the collected reasons (false
   beyond the last), and forgetting them all. What `about` points to lives in the arena. */
bool reason_at(const struct request *r, size_t index, struct reason *what, struct values *about);
void reasons_forget(struct request *r);

/* One reason, and the end of the step. */
MUST_CHECK enum error refuse(struct request *r, struct reason what, struct values about);

/* Keeps a text for the log and gives the error back, so that failing is one line. The client of a
   5xx gets a fixed sentence. */
MUST_CHECK enum error failed(struct request *r, enum error error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The text last given to failed(): for whoever runs requests of its own and logs their failures. */
const char *failure_text(const struct request *r);

#endif
