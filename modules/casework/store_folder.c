/* Files in a folder of this machine: FOLDER/ab/cd/abcd..., written aside and renamed. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casework/store_place.h"
#include "core/crypto.h"

enum { MODE_FOLDER = 0700, MODE_FILE = 0600 };

/* So that no folder grows too long. */
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

static enum error write_new(struct request *r, const char *folder, const char *name,
                            struct bytes bytes)
{
    const char *outer = folder_of(r, folder, name, 1), *inner = folder_of(r, folder, name, 2);
    const char *path = arena_printf(r->arena, "%s/%s", inner, name);
    const char *new = arena_printf(r->arena, "%s.%s", path, random_text(r->arena, 12));
    enum error error;

    if (make_folder(outer) && make_folder(inner) && write_file(new, bytes) &&
        rename(new, path) == 0 && sync_folder(inner) && sync_folder(outer) && sync_folder(folder))
        return E_OK;
    error = failed(r, E_UNAVAILABLE, "%s: %s", path, strerror(errno));
    unlink(new);
    return error;
}

static const char *path_of(struct request *r, const struct store_settings *settings,
                           const char *name)
{
    return arena_printf(r->arena, "%s/%s", folder_of(r, settings->folder, name, 2), name);
}

/* What is there already becomes fresh. */
static enum error put(struct request *r, const struct store_settings *settings, const char *name,
                      struct bytes bytes)
{
    return utimensat(AT_FDCWD, path_of(r, settings, name), NULL, 0) == 0
               ? E_OK
               : write_new(r, settings->folder, name, bytes);
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
    if (fstat(fileno(file), &status) != 0 || (size_t)status.st_size > STORE_SEALED_MAX) {
        fclose(file);
        return failed(r, E_INTERNAL, "%s: no file of ours", path);
    }
    data = arena_alloc(arena, (size_t)status.st_size + 1);
    bytes->data = data;
    bytes->size = fread(data, 1, (size_t)status.st_size, file);
    fclose(file);
    return E_OK;
}

static enum error get(struct request *r, const struct store_settings *settings, const char *name,
                      struct arena *arena, struct bytes *bytes)
{
    return read_file(r, path_of(r, settings, name), arena, bytes);
}

/* Taken aside first: whoever puts the same content at this moment either was earlier, which its
   time tells, or finds none and writes it anew. */
static enum error drop(struct request *r, const struct store_settings *settings, const char *name)
{
    const char *path = path_of(r, settings, name);
    const char *aside = arena_printf(r->arena, "%s.aside", path);
    struct stat status;
    struct timespec now;

    if (rename(path, aside) != 0)
        return errno == ENOENT ? E_OK : failed(r, E_UNAVAILABLE, "%s: %s", path, strerror(errno));
    clock_gettime(CLOCK_REALTIME, &now);
    if (stat(aside, &status) == 0 && now.tv_sec - status.st_mtime < STORE_FRESH_S)
        return rename(aside, path) == 0 ? E_OK : failed(r, E_UNAVAILABLE, "%s: lost", path);
    return unlink(aside) == 0 ? E_OK : failed(r, E_UNAVAILABLE, "%s: %s", aside, strerror(errno));
}

static enum error check(struct request *r, const struct store_settings *settings)
{
    const char *folder = settings->folder;
    const char *trial = arena_printf(r->arena, "%s/.trial.%s", folder, random_text(r->arena, 12));

    if (*folder == '\0')
        return failed(r, E_REFUSED, "neither STORE_DIR nor STORE_S3_URL says where files are kept");
    if (make_folder(folder) && write_file(trial, bytes_of("x")) && unlink(trial) == 0)
        return E_OK;
    return failed(r, E_REFUSED, "STORE_DIR: %s: %s", folder, strerror(errno));
}

const struct store_place store_folder = {
    .put = put, .get = get, .drop = drop, .open = check, .check = check};
