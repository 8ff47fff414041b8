/* Keys and certificates of a merchant: read once, kept in the arena, let go with it. */

#include <stdarg.h>

#include "core/certificate.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "payment/merchant.h"

enum { FILE_MAX = 16 * 1024, CERTIFICATE_WARNING_DAYS = 60 };

void merchant_fault(struct merchant_opening *opening, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)!process_failed(opening->process, "%s", text);
    opening->has_failed = true;
}

const char *merchant_path(struct merchant_opening *opening, const char *member, const char *name)
{
    if (name == NULL) {
        merchant_fault(opening, "member %s is missing", member);
        return NULL;
    }
    return *name == '/' ? name : arena_printf(opening->arena, "%s/%s", opening->folder, name);
}

static void forget(void *text)
{
    secret_forget(text, strlen(text));
}

char *merchant_text(struct merchant_opening *opening, const char *member, const char *name,
                    size_t *size)
{
    const char *path = merchant_path(opening, member, name);
    char *text = path == NULL ? NULL : secret_read(path, FILE_MAX, size);

    if (text != NULL)
        arena_defer(opening->arena, forget, text);
    opening->has_failed = opening->has_failed || text == NULL;
    return text;
}

static void drop_key(void *key)
{
    key_close(key);
}

static struct key *keep_key(struct merchant_opening *opening, struct key *key, const char *name,
                            const char *wanted)
{
    if (key != NULL)
        arena_defer(opening->arena, drop_key, key);
    else
        merchant_fault(opening, "file %s holds no %s", name, wanted);
    return key;
}

struct key *merchant_private_key(struct merchant_opening *opening, const char *name)
{
    const char *path = merchant_path(opening, "key_file", name);
    size_t size;
    char *pem = path == NULL ? NULL : secret_read(path, FILE_MAX, &size);
    struct key *key;

    opening->has_failed = opening->has_failed || pem == NULL;
    if (pem == NULL)
        return NULL;
    key = key_private(pem);
    secret_forget(pem, size); /* the parsed key is enough */
    return keep_key(opening, key, name, "private key");
}

struct key *merchant_public_key(struct merchant_opening *opening, const char *member,
                                const char *name)
{
    size_t size;
    char *pem = merchant_text(opening, member, name, &size);

    return pem == NULL ? NULL : keep_key(opening, key_public(pem), name, "public key");
}

static void drop_certificate(void *certificate)
{
    certificate_close(certificate);
}

/* Refusing would take the other merchants down with it. */
static void tell_end(const char *name, const struct certificate *certificate)
{
    int64_t days = (certificate_ends_at(certificate).ms - clock_now().ms) / DAY_MS;

    if (days < CERTIFICATE_WARNING_DAYS)
        log_error(NULL, "certificate_ends", "%s: in %lld days", name, (long long)days);
}

struct certificate *merchant_certificate(struct merchant_opening *opening, const char *member,
                                         const char *name)
{
    size_t size;
    char *pem = merchant_text(opening, member, name, &size);
    struct certificate *certificate = pem == NULL ? NULL : certificate_read(pem);

    if (certificate != NULL) {
        arena_defer(opening->arena, drop_certificate, certificate);
        tell_end(name, certificate);
    } else if (pem != NULL) {
        merchant_fault(opening, "file %s holds no certificate", name);
    }
    return certificate;
}

struct key *merchant_certified_key(struct merchant_opening *opening,
                                   const struct certificate *certificate)
{
    return keep_key(opening, certificate_key(certificate), "certificate", "key");
}
