#include "casework/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/seal.h"

enum { KEY = 32, NONCE = 12, FRESH_S = 3600 };
enum { MODE_FOLDER = 0700, MODE_FILE = 0600, FILE_MAX = 32 * 1024 * 1024 };

/* FOLDER/ab/cd/abcd...: no folder grows too long. */
static const char *folder_of(struct request *r, const char *folder, const char *hex, int levels)
{
    return levels == 1 ? arena_printf(r->arena, "%s/%.2s", folder, hex)
                       : arena_printf(r->arena, "%s/%.2s/%.2s", folder, hex, hex + 2);
}

static bool make_folder(const char *path)
{
    return mkdir(path, MODE_FOLDER) == 0 || errno == EEXIST;
}

static bool write_all(int fd, struct bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t size = write(fd, bytes.data, bytes.size);

        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        bytes.data += size;
        bytes.size -= (size_t)size;
    }
    return true;
}

/* A rename is lost with the power unless the folder was written too. */
static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return is_synced;
}

static bool write_file(const char *path, struct bytes bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE_FILE);
    bool is_written = fd >= 0 && write_all(fd, bytes) && fsync(fd) == 0;

    if (fd >= 0 && close(fd) != 0)
        is_written = false;
    return is_written;
}

/* The key is that of one content alone, so the nonce need not differ. */
struct lock {
    unsigned char key[KEY];
    unsigned char nonce[NONCE];
};

static void lock_of(struct request *r, const char *hex, struct lock *lock)
{
    static const struct sealed_column column = {"upload", "file"};

    *lock = (struct lock){.key = {0}};
    for (size_t i = 0; i < 2; i++) {
        struct bytes half = blind_index(r, &column, arena_printf(r->arena, "%s-%zu", hex, i));

        memcpy(lock->key + i * KEY / 2, half.data, KEY / 2);
    }
}

#define LOCK_KEY(lock) ((struct bytes){(lock)->key, KEY})
#define LOCK_NONCE(lock) ((struct bytes){(lock)->nonce, NONCE})

static enum error write_new(struct request *r, const char *folder, const char *hex,
                            struct bytes sealed)
{
    const char *outer = folder_of(r, folder, hex, 1), *inner = folder_of(r, folder, hex, 2);
    const char *path = arena_printf(r->arena, "%s/%s", inner, hex);
    const char *new = arena_printf(r->arena, "%s.%s", path, random_text(r->arena, 12));
    enum error error;

    if (make_folder(outer) && make_folder(inner) && write_file(new, sealed) &&
        rename(new, path) == 0 && sync_folder(inner) && sync_folder(outer) && sync_folder(folder))
        return E_OK;
    error = failed(r, E_UNAVAILABLE, "%s: %s", path, strerror(errno));
    unlink(new);
    return error;
}

enum error store_put(struct request *r, const char *folder, struct bytes sha256_of,
                     struct arena *arena, struct bytes bytes)
{
    const char *hex = hex_encode(r->arena, sha256_of);
    const char *path = arena_printf(r->arena, "%s/%s", folder_of(r, folder, hex, 2), hex);
    struct lock lock;
    struct bytes sealed;

    if (utimensat(AT_FDCWD, path, NULL, 0) == 0)
        return E_OK;
    lock_of(r, hex, &lock);
    sealed = aes_gcm_seal(arena, LOCK_KEY(&lock), LOCK_NONCE(&lock), sha256_of, bytes);
    wipe(&lock, sizeof(lock));
    return write_new(r, folder, hex, sealed);
}

static enum error read_file(struct request *r, const char *path, struct arena *arena,
                            struct bytes *bytes)
{
    FILE *file = fopen(path, "re");
    struct stat status;
    unsigned char *data;

    if (file == NULL)
        return errno == ENOENT ? E_NOT_FOUND
                               : failed(r, E_UNAVAILABLE, "%s: %s", path, strerror(errno));
    if (fstat(fileno(file), &status) != 0 || status.st_size > FILE_MAX) {
        fclose(file);
        return failed(r, E_INTERNAL, "%s: no file of ours", path);
    }
    data = arena_alloc(arena, (size_t)status.st_size + 1);
    bytes->data = data;
    bytes->size = fread(data, 1, (size_t)status.st_size, file);
    fclose(file);
    return E_OK;
}

enum error store_get(struct request *r, const char *folder, struct bytes sha256_of,
                     struct arena *arena, struct bytes *bytes)
{
    const char *hex = hex_encode(r->arena, sha256_of);
    const char *path = arena_printf(r->arena, "%s/%s", folder_of(r, folder, hex, 2), hex);
    unsigned char digest[SHA256_SIZE];
    struct bytes sealed;
    struct lock lock;

    TRY(read_file(r, path, arena, &sealed));
    lock_of(r, hex, &lock);
    *bytes = aes_gcm_open(arena, LOCK_KEY(&lock), LOCK_NONCE(&lock), sha256_of, sealed);
    wipe(&lock, sizeof(lock));
    if (bytes->data != NULL)
        sha256(*bytes, digest);
    if (bytes->data == NULL || !bytes_equal(sha256_of, (struct bytes){digest, sizeof(digest)}))
        return failed(r, E_INTERNAL, "%s: it is not what was put there", path);
    return E_OK;
}

/* Taken aside first: whoever puts the same content at this moment either was earlier, which its
   time tells, or finds none and writes it anew. */
enum error store_drop(struct request *r, const char *folder, struct bytes sha256_of)
{
    const char *hex = hex_encode(r->arena, sha256_of);
    const char *path = arena_printf(r->arena, "%s/%s", folder_of(r, folder, hex, 2), hex);
    const char *aside = arena_printf(r->arena, "%s.aside", path);
    struct stat status;
    struct timespec now;

    if (rename(path, aside) != 0)
        return errno == ENOENT ? E_OK : failed(r, E_UNAVAILABLE, "%s: %s", path, strerror(errno));
    clock_gettime(CLOCK_REALTIME, &now);
    if (stat(aside, &status) == 0 && now.tv_sec - status.st_mtime < FRESH_S)
        return rename(aside, path) == 0 ? E_OK : failed(r, E_UNAVAILABLE, "%s: lost", path);
    return unlink(aside) == 0 ? E_OK : failed(r, E_UNAVAILABLE, "%s: %s", aside, strerror(errno));
}

enum error store_check(struct request *r, const char *folder)
{
    const char *trial = arena_printf(r->arena, "%s/.trial.%s", folder, random_text(r->arena, 12));

    if (make_folder(folder) && write_file(trial, bytes_of("x")) && unlink(trial) == 0)
        return E_OK;
    return failed(r, E_REFUSED, "STORE_DIR: %s: %s", folder, strerror(errno));
}
