#include "casework/paper_sign.h"

struct bytes paper_sign(struct arena *arena, const struct cms_signer *signer, struct bytes pdf,
                        const struct pdf_signing *signing)
{
    struct pdf_signable file;
    struct bytes parts[2];

    if (!pdf_make_room(arena, pdf, signing, &file))
        return (struct bytes){NULL, 0};
    parts[0] = pdf_head(&file);
    parts[1] = pdf_tail(&file);
    if (!pdf_put_signature(&file, cms_sign(arena, signer, parts, 2)))
        return (struct bytes){NULL, 0};
    return (struct bytes){file.data, file.size};
}
