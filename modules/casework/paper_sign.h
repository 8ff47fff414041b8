/*
 * The digital signature of a paper (电子签名): PAdES baseline B over the whole file, by the authority's
 * key. A reader shows that nothing was changed since and who signed.
 */
#ifndef CASEWORK_PAPER_SIGN_H
#define CASEWORK_PAPER_SIGN_H

#include "casework/paper_pdf.h"
#include "core/crypto_paper.h"

/* NULL data when the file is none of the workshop's. The same file, key and time make the same
   bytes. */
struct bytes paper_sign(struct arena *arena, const struct cms_signer *signer, struct bytes pdf,
                        const struct pdf_signing *signing);

#endif
