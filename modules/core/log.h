/*
 * One JSON line an event on stderr, UTC, with nginx's request id:
 *   {"at":"...","level":"info","service":"payment","request":"4e24...","event":"order_opened","detail":"..."}
 * Levels: error (someone must act), info (a fact of business or operation), debug (off by default).
 * Whatever looks like an identity number or a mobile number is masked on its way out, as a net under
 * the rule that nobody puts it there. The core logs each failed request once; handlers log facts
 * only.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/service.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_ERROR };

void log_open(const char *service_name, enum log_level least);
/* `r` may be NULL outside requests. `event` is stable snake_case English. */
void log_line(const struct request *r, enum log_level level, const char *event, const char *format,
              ...) __attribute__((format(printf, 4, 5)));

#define log_info(r, event, ...) log_line(r, LOG_INFO, event, __VA_ARGS__)
#define log_error(r, event, ...) log_line(r, LOG_ERROR, event, __VA_ARGS__)
#define log_debug(r, event, ...) log_line(r, LOG_DEBUG, event, __VA_ARGS__)

#endif
