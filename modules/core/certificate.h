/*
 * X.509 certificates, as far as gateways name keys by them. Serial numbers are those of the wire:
 * upper-case hex without leading zeros for WeChat Pay, decimal for UnionPay.
 */
#ifndef CORE_CERTIFICATE_H
#define CORE_CERTIFICATE_H

#include "core/crypto.h"

struct certificate;

struct certificate *certificate_read(const char *pem); /* the first one in the text; NULL if none */
/* The next readable one of a bundle; what lies between and what cannot be parsed is skipped. `rest`
   moves behind it; NULL at the end. */
struct certificate *certificate_next(const char **rest);
void certificate_close(struct certificate *certificate);
struct key *certificate_key(const struct certificate *certificate); /* caller closes it */
const char *certificate_serial_hex(struct arena *arena, const struct certificate *certificate);
const char *certificate_serial_decimal(struct arena *arena, const struct certificate *certificate);
bool certificate_valid_at(const struct certificate *certificate, struct instant at);
struct instant certificate_ends_at(const struct certificate *certificate);
/* RFC 2253 issuer, last RDN first, as Alipay hashes it. */
const char *certificate_issuer(struct arena *arena, const struct certificate *certificate);

/* The subject's common name in UTF-8; NULL unless there is exactly one, without a zero byte. */
const char *certificate_common_name(struct arena *arena, const struct certificate *certificate);

/* Whether the issuer signed it with an RSA key: Alipay counts only those of its roots. */
bool certificate_is_signed_by_rsa(const struct certificate *certificate);

/* Whom to trust: roots, and the certificates between them and those that they stand for. Both are
   ours, configured; what a message brings along is never a link. Threads share it. */
struct trust;

/* PEM bundles; `between_pem` may be NULL. NULL when there is no root, or what is named holds none.
 */
struct trust *trust_open(const char *roots_pem, const char *between_pem);
void trust_close(struct trust *trust);
/* Whether a chain leads to a root and everything in it is valid at that moment; for any purpose. */
bool trust_covers(const struct trust *trust, const struct certificate *certificate,
                  struct instant at);

#endif
