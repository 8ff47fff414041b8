/* What the core remembers of a request while it runs. Core files only. */
#ifndef CORE_WORK_H
#define CORE_WORK_H

#include "core/process.h"

#define REASONS_MAX 40

struct found_reason {
    struct reason what;
    struct values about; /* copied into the arena */
};

struct audit_record {
    const char *act;
    const char *object;
    const char *detail;
    bool is_refusal;
    struct audit_record *next;
};

struct connection;

/* The job that the request works on (job.c). */
struct lease {
    const struct statement *renew, *give_back;
    const char *task_id, *token;
    bool is_kept; /* longer than the batch that it was taken with */
};

struct request_work {
    struct found_reason reasons[REASONS_MAX];
    size_t reason_count;
    char failure[512];             /* the text of the last failed(), for the log */
    struct connection *connection; /* of the open transaction; NULL outside */
    int64_t changed;               /* rows of the last statement */
    struct audit_record *audits;   /* newest first; written before COMMIT */
    bool jobs_added;
    bool key_is_new;        /* and was not there before */
    bool key_recorded;      /* the idempotency key stands in this transaction */
    struct instant again_at; /* set by job_again_at */
    struct lease *lease;    /* NULL outside of jobs */
};

#endif
