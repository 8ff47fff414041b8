/*
 * Papers of applications (文书): the permit as a PDF, drawn by the workshop, with a code to scan, signed
 * by the authority's key and kept in the store. Keys and authority are settings of every module that
 * issues papers.
 */
#ifndef CASEWORK_PAPERS_H
#define CASEWORK_PAPERS_H

#include "casework/permit.h"
#include "casework/upload.h"

/* At the beginning of the settings of a module with applications. */
struct casework_settings {
    struct upload_settings uploads;
    const char *authority;          /* in whose name papers are issued */
    const char *public_url;         /* where citizens reach us: the codes on papers lead there */
    const char *paper_key_file;
    const char *paper_cert_file;
    const char *statement_key_file;
    const char *statement_retired_file; /* "": none */
};

#define CASEWORK_SETTINGS(type)                                                                    \
    UPLOAD_SETTINGS(type),                                                                         \
        SETTING(type, authority, "AUTHORITY", "深圳市公安局交通警察局", "in whose name is decided"),  \
        SETTING(type, public_url, "PUBLIC_URL", NULL,                                              \
                "https://... of the citizens' door; the codes on papers lead there"),              \
        SETTING_FILE(type, paper_key_file, "PAPER_KEY_FILE", NULL, "PEM; signs papers"),           \
        SETTING_FILE(type, paper_cert_file, "PAPER_CERT_FILE", NULL,                               \
                     "its certificate and those up to below the root, PEM"),                       \
        SETTING_FILE(type, statement_key_file, "STATEMENT_KEY_FILE", NULL,                         \
                     "PEM, Ed25519; signs what the codes on papers say"),                          \
        SETTING_FILE(type, statement_retired_file, "STATEMENT_RETIRED_FILE", "",                   \
                     "public keys of before, the x of a JWK a line")

/* What signs; false, with the file and its fault left to failed(), when one does not fit. */
MUST_CHECK enum error papers_open(struct request *r, const struct casework_settings *settings,
                                  struct casework *casework);
void papers_close(struct casework *casework);

/* The permit as a file in the store, and what its code says; E_REFUSED when the law demands more than
   is there. */
MUST_CHECK enum error permit_paper(struct request *r, const struct application *application,
                                   const struct permit *permit, struct bytes *digest,
                                   const char **statement);
/* For papers of acts too: what was applied for, as rows of a paper; one that is complete, drawn, signed
   and put into the store; and a file of the store as the answer. */
struct paper;
struct records paper_particulars(struct request *r, const struct application *application);
MUST_CHECK enum error paper_keep(struct request *r, const struct paper *paper,
                                 struct bytes *digest);
MUST_CHECK enum error reply_paper_file(struct request *r, struct bytes sha256, const char *name);
/* GET .../paper for the applicant and for officers; GET /paper-keys for anyone: the keys by which
   codes are verified without us. */
enum error show_paper(struct request *r);
enum error office_show_paper(struct request *r);
enum error show_paper_keys(struct request *r);

#endif
