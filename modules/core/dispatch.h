/* The steps of a request that other core files share. Core files only. */
#ifndef CORE_DISPATCH_H
#define CORE_DISPATCH_H

#include "core/input.h"
#include "core/service.h"

/* Routes of every module: /healthz, /readyz and /metrics below /internal/NAME (core_routes.c). */
extern const struct route core_routes[];

/* "GET", "POST" or "DELETE". */
const char *method_name(enum method method);

/* The index-th route as metrics number them: the core's, then .routes, then .fixed_routes. */
const struct route *route_at(const struct service *service, size_t index);
/* The path below which it stands: "/internal/payment", "/api/payment" or "". */
const char *route_prefix(struct arena *arena, const struct service *service,
                         const struct route *route);

/* One member from text; absent when text is NULL (input.c). */
void input_text(struct request *r, const struct param *param, const char *text, void *input);
/* Query strings and forms (input.c). */
enum error input_from_pairs(struct request *r, struct bytes form, const struct param *params,
                            enum source source, enum strictness strictness, void *input);

/* Who calls, by session, module key or not at all; checks the route's door and access (access.c). */
MUST_CHECK enum error know_caller(struct request *r, const char *method, const char *path);

/* Reads at most `max` bytes of body into r->body (body.c). */
MUST_CHECK enum error take_body(struct request *r, size_t max);

#endif
