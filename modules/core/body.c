#include "core/dispatch.h"
#include "core/codec.h"
#include "core/transport.h"

const char *request_header(const struct request *r, const char *name)
{
    char param[64] = "HTTP_";
    size_t size = 5;

    for (; *name != '\0' && size < sizeof(param) - 1; name++)
        param[size++] = *name == '-' ? '_' : (char)(*name & (*name >= 'a' ? ~0x20 : ~0));
    param[size] = '\0';
    return r->transport->param(r->transport, param);
}

long read_body(struct request *r, void *buffer, size_t size)
{
    return r->transport->read(r->transport, buffer, size);
}

int64_t body_length(const struct request *r)
{
    const char *text = r->transport->param(r->transport, "CONTENT_LENGTH");
    int64_t length = 0;

    return text != NULL && read_number(text, &length) && length >= 0 ? length : 0;
}

enum error take_body(struct request *r, size_t max)
{
    int64_t length = body_length(r);
    unsigned char *data;
    size_t size = 0;

    if (length > (int64_t)max)
        return refuse(r, BODY_TOO_LARGE, VALUES(length, (int64_t)max));
    data = arena_alloc(r->arena, (size_t)length + 1);
    while (size < (size_t)length) {
        long n = read_body(r, data + size, (size_t)length - size);

        if (n <= 0)
            return refuse(r, BODY_NOT_JSON, VALUES("body shorter than announced"));
        size += (size_t)n;
    }
    r->body = (struct bytes){data, size};
    return E_OK;
}
