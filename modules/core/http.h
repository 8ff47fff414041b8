/*
 * Outgoing HTTP, always on behalf of a request and never while a transaction is open.
 *
 * Only hosts named in the setting HTTP_HOSTS are called, over https with the roots of HTTP_CA_FILE;
 * addresses in private ranges are refused unless DEVELOPMENT=1. No redirects, no proxy from the
 * environment, a total deadline, an answer of at most 256 KiB unless said otherwise. Connections
 * are kept per thread. A breaker per upstream opens after repeated failures and is shared by all
 * workers of the module.
 *
 * Errors: E_AGAIN: certainly nothing was sent (no connection, breaker open). E_UPSTREAM: it may
 * have been sent, the outcome is unknown (timeout, broken answer). E_OK: an HTTP answer of any
 * status came; what it means is the caller's business. E_INTERNAL: a host that HTTP_HOSTS does not
 * name, or a malformed url or header: nothing was sent. Nothing but a GET is ever sent twice.
 */
#ifndef CORE_HTTP_H
#define CORE_HTTP_H

#include "core/service.h"

struct http_call {
    const char *upstream; /* whose breaker and metrics: "wechatpay" */
    const char *method;   /* "GET", "HEAD", "POST", "PUT", "DELETE" */
    const char *url;
    const char *const *headers; /* NULL-ended lines "Name: value" */
    struct bytes body;
    int64_t timeout_ms; /* for everything; there is no default to forget */
    size_t answer_max;  /* 0: 256 KiB */
    const char *unix_socket; /* NULL, or the path to connect to instead of the host */
    /* NULL, or what gets the body of a 2xx answer as it comes, up to answer_max, in the place of
       answer->body. False gives the call up, which counts as an answer that is too large. Any other
       answer stands in answer->body, up to 256 KiB. */
    bool (*take)(void *context, struct bytes piece);
    void *take_context;
    /* NULL, or "aws:amz:REGION:SERVICE": signed with AWS Signature Version 4, by the real time. Names
       of headers are lower case then, and x-amz-content-sha256 is one of them. */
    const char *sigv4;
    const char *credentials; /* for it: "KEY_ID:SECRET"; needed no longer than the call takes */
};

struct http_answer {
    int64_t status;
    struct bytes body;   /* in the arena, with a zero byte behind it */
    const char *headers; /* raw header lines, for http_header */
};

MUST_CHECK enum error http_call(struct request *r, const struct http_call *call,
                                struct http_answer *answer);
/* The value of a header of the answer, case-insensitive, in the arena; NULL if absent. */
const char *http_header(struct request *r, const struct http_answer *answer, const char *name);
/* Of a header that holds a moment ("Last-Modified"); false if absent or malformed. */
bool http_date(struct request *r, const struct http_answer *answer, const char *name,
               struct instant *at);
/* The answer to this thread's last call says "try later", does not verify, or is a fault of theirs:
   counts against the breaker too. Answers with 429 and from 500 up count without it. */
void http_blame(struct request *r, const char *upstream);

/* Percent-encodes all but letters, digits and -._~ */
const char *url_encode(struct arena *arena, const char *text);

#endif
