/*
 * What is done to officers by those who give rights: an operator at the command line (scripts/officer),
 * or an officer of security. All of it is audited; what takes something away ends the officer's
 * sessions in the same transaction. Nobody does it to himself.
 */
#ifndef IDENTITY_OFFICER_WORK_H
#define IDENTITY_OFFICER_WORK_H

#include "identity/officer.h"

struct officer_work {
    const char *name;
    const char *display, *list, *brigade; /* NULL: not given; the list is "intake,reviewer" */
    bool keeps_password; /* the first one stays good: on a development platform only */

    /* What comes of it. Secrets are told once: a second tap finds them NULL. */
    struct officer row;
    const char *password, *secret, *secret_base32;
};

/* E_EXISTS when another officer has or had this name. */
MUST_CHECK enum error add_officer(struct request *r, struct officer_work *work);
/* The ones below: E_NOT_FOUND when nobody has the name. What is not given stays. */
MUST_CHECK enum error change_rights(struct request *r, struct officer_work *work);
/* New secrets, for who lost the phone or forgot the password. */
MUST_CHECK enum error reset_secrets(struct request *r, struct officer_work *work);
MUST_CHECK enum error end_lock(struct request *r, struct officer_work *work);
MUST_CHECK enum error end_officer(struct request *r, struct officer_work *work);

/* "active", "new", "locked" or "disabled". */
const char *officer_state(const struct officer *officer, struct instant now);
/* Written down before names are opened for a person's eyes. */
MUST_CHECK enum error note_listing(struct request *r, void *product);

/* ---- officer_desk.c ---- */

struct officer_list_input {
    const char *after;
    int64_t limit;
};
struct new_officer_input {
    const char *name, *display_name, *brigade;
    struct texts roles;
};
struct officer_rights_input {
    const char *name, *brigade;
    struct texts roles;
};
struct officer_path {
    const char *name;
};

enum error list_all_officers(struct request *r);
enum error make_officer(struct request *r);
enum error set_officer_rights(struct request *r);
enum error reset_officer_secrets(struct request *r);
enum error end_officer_lock(struct request *r);
enum error disable_one_officer(struct request *r);

extern const struct param officer_list_params[], new_officer_params[], officer_rights_params[],
    officer_path_params[];
extern const struct field officer_view_fields[], officer_rights_fields[], officer_secrets_fields[];

/* ---- officer_person.c ---- */

enum error create_officer_code(struct request *r);
enum error bind_officer_person(struct request *r);
extern const struct field officer_bound_fields[];

#endif
