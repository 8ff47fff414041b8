/* What identity does for us: it alone knows accounts, phones and WeChat's token. */
#ifndef NOTICE_IDENTITY_H
#define NOTICE_IDENTITY_H

#include "notice/way.h"

/* Who is behind an account; E_NOT_FOUND: nobody so far. */
MUST_CHECK enum error ask_person(struct request *r, const char *account_id,
                                 const char **person_id);
/* E_NOT_FOUND: the person has given none. */
MUST_CHECK enum error ask_phone(struct request *r, const char *person_id, const char **phone);
/* Has identity send it. */
struct outcome send_by_wechat(struct request *r, const struct outgoing *outgoing);

#endif
