/*
 * Alipay's certificates in certificate mode (公钥证书模式): one that is named and not known is
 * handed out by alipay.open.app.alipaycert.download, and believed by what it is, whoever brings it.
 */
#ifndef CASEWORK_ALIPAY_CERTIFICATES_H
#define CASEWORK_ALIPAY_CERTIFICATES_H

#include "casework/alipay_gateway.h"
#include "core/service.h"

#define ALIPAY_DOWNLOAD "alipay.open.app.alipaycert.download"

enum { ALIPAY_PEM_MAX = 7900, ALIPAY_SERIAL_ROOM = 33 };

struct alipay_certificate {
    const char *serial; /* as alipay_cert_sn names it; NULL: it may be any */
    const char *pem;    /* with those that lead from it to a root */
    struct instant ends_at;
};

const char *alipay_download_content(struct arena *arena, const char *serial);
/* The text that an answer hands out. NULL, and logged, when there is none. */
const char *alipay_read_download(struct request *r, int64_t status, struct bytes body);

/* NULL, and its key for the caller to close, when it is Alipay's certificate of that serial and in
   date at r->now; .ends_at and .serial are filled in. Else what stands against it. */
const char *alipay_doubt(struct request *r, const struct alipay_app *app, const char *roots_pem,
                         struct alipay_certificate *certificate, struct key **key);
/* The same for the one that settings name, except that it may have ended: it is no longer believed,
   and the caller tells of it, but nothing else stands still for it. */
const char *alipay_doubt_first(struct request *r, const struct alipay_app *app,
                               const char *roots_pem, struct alipay_certificate *certificate,
                               struct key **key);

#endif
