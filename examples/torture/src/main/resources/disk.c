/*
 * A hard disk as a library that is loaded before the others (LD_PRELOAD): what a process writes at
 * a position of a file in its data directory is held in the memory of that process until it is
 * synced. So SIGKILL loses what was not synced, as a power cut does. A page that is shared with
 * whoever started the process says what else goes wrong.
 *
 * Environment: TORTURE_DISK_ROOT, the data directory; TORTURE_DISK_CONTROL, the file of the page;
 * TORTURE_DISK_KEEP, how many of a hundred pieces of 512 bytes survive although they were not synced.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The page: bytes that the other side sets. */
enum { FAIL_SYNC = 0, FAIL_WRITE = 1, NO_SPACE = 2, SYNC_MILLIS_LOW = 4, SYNC_MILLIS_HIGH = 5 };

enum { PIECE = 512 };

struct piece {
  dev_t device;
  ino_t inode;
  off64_t position;
  size_t length;
  struct piece *next;
  unsigned char bytes[];
};

static struct piece *first;
static struct piece **last = &first;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile unsigned char *control;
static char root[4096];
static size_t root_length;
static int keep;
static unsigned int seed;

static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static ssize_t (*real_pread)(int, void *, size_t, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off64_t);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);
static int (*real_statvfs)(const char *, struct statvfs64 *);

__attribute__((constructor)) static void begin(void) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_pread = dlsym(RTLD_NEXT, "pread64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_rename = dlsym(RTLD_NEXT, "rename");
  real_statvfs = dlsym(RTLD_NEXT, "statvfs64");
  const char *path = getenv("TORTURE_DISK_ROOT");
  if (path != NULL && realpath(path, root) != NULL) {
    root_length = strlen(root);
  }
  const char *share = getenv("TORTURE_DISK_KEEP");
  keep = share == NULL ? 0 : atoi(share);
  seed = (unsigned int)getpid();
  const char *page = getenv("TORTURE_DISK_CONTROL");
  int file = page == NULL ? -1 : open(page, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    void *mapped = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    control = mapped == MAP_FAILED ? NULL : mapped;
    close(file);
  }
}

static int is_set(int what) { return control != NULL && control[what] != 0; }

/* Whether a file is one of ours; and which one. */
static int is_ours(int file, struct stat *what) {
  char link[64];
  char path[4096];
  if (root_length == 0) {
    return 0;
  }
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  return length > (ssize_t)root_length && memcmp(path, root, root_length) == 0
      && path[root_length] == '/' && fstat(file, what) == 0 && S_ISREG(what->st_mode);
}

/* With the lock held. */
static void forget(dev_t device, ino_t inode) {
  struct piece **link = &first;
  while (*link != NULL) {
    struct piece *each = *link;
    if (each->device == device && each->inode == inode) {
      *link = each->next;
      free(each);
    } else {
      link = &each->next;
    }
  }
  last = link;
}

static void forget_path(const char *path) {
  struct stat what;
  if (stat(path, &what) == 0) {
    forget(what.st_dev, what.st_ino);
  }
}

/* With the lock held: puts the pieces of a file where they belong, oldest first. */
static int write_out(int file, dev_t device, ino_t inode) {
  for (struct piece *each = first; each != NULL; each = each->next) {
    if (each->device == device && each->inode == inode) {
      size_t done = 0;
      while (done < each->length) {
        ssize_t now =
            real_pwrite(file, each->bytes + done, each->length - done, each->position + done);
        if (now < 0) {
          return -1;
        }
        done += (size_t)now;
      }
    }
  }
  forget(device, inode);
  return 0;
}

static int hold(const struct stat *what, const unsigned char *bytes, size_t length, off64_t at) {
  struct piece *piece = malloc(sizeof *piece + length);
  if (piece == NULL) {
    errno = ENOMEM;
    return -1;
  }
  piece->device = what->st_dev;
  piece->inode = what->st_ino;
  piece->position = at;
  piece->length = length;
  piece->next = NULL;
  memcpy(piece->bytes, bytes, length);
  *last = piece;
  last = &piece->next;
  return 0;
}

/* What survives although nobody synced it. The process itself sees no difference. */
static void leak(int file, const unsigned char *bytes, size_t length, off64_t at) {
  for (size_t done = 0; done < length;) {
    size_t now = PIECE - (size_t)((at + (off64_t)done) % PIECE);
    now = now > length - done ? length - done : now;
    if (rand_r(&seed) % 100 < keep) {
      ssize_t unused = real_pwrite(file, bytes + done, now, at + (off64_t)done);
      (void)unused;
    }
    done += now;
  }
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
  struct stat what;
  if (length == 0 || !is_ours(file, &what)) {
    return real_pwrite(file, bytes, length, at);
  }
  if (is_set(FAIL_WRITE) || is_set(NO_SPACE)) {
    errno = is_set(NO_SPACE) ? ENOSPC : EIO;
    return -1;
  }
  pthread_mutex_lock(&lock);
  int failed = fstat(file, &what);
  if (failed == 0 && what.st_size < at + (off64_t)length) {
    /* Takes the space now: a full disk is met at the write, not at the sync. */
    off64_t from = what.st_size;
    failed = posix_fallocate64(file, from, at + (off64_t)length - from);
    errno = failed;
    failed = failed == 0 ? 0 : -1;
  }
  if (failed == 0) {
    failed = hold(&what, bytes, length, at);
  }
  if (failed == 0 && keep > 0) {
    leak(file, bytes, length, at);
  }
  pthread_mutex_unlock(&lock);
  return failed == 0 ? (ssize_t)length : -1;
}

ssize_t pread64(int file, void *bytes, size_t length, off64_t at) {
  struct stat what;
  if (first == NULL || !is_ours(file, &what)) {
    return real_pread(file, bytes, length, at);
  }
  pthread_mutex_lock(&lock);
  ssize_t count = real_pread(file, bytes, length, at);
  for (struct piece *each = first; count > 0 && each != NULL; each = each->next) {
    off64_t from = each->position > at ? each->position : at;
    off64_t end = each->position + (off64_t)each->length;
    off64_t upto = end < at + count ? end : at + count;
    if (each->device == what.st_dev && each->inode == what.st_ino && from < upto) {
      memcpy((unsigned char *)bytes + (from - at), each->bytes + (from - each->position),
             (size_t)(upto - from));
    }
  }
  pthread_mutex_unlock(&lock);
  return count;
}

static int sync_one(int file, int (*real)(int)) {
  struct stat what;
  if (!is_ours(file, &what)) {
    return real(file);
  }
  int millis = control == NULL ? 0 : control[SYNC_MILLIS_LOW] + 256 * control[SYNC_MILLIS_HIGH];
  if (millis > 0) {
    usleep((useconds_t)millis * 1000);
  }
  pthread_mutex_lock(&lock);
  int failed;
  if (is_set(FAIL_SYNC)) {
    /* As a kernel does: the pages are gone, and the next sync knows of nothing. */
    forget(what.st_dev, what.st_ino);
    errno = EIO;
    failed = -1;
  } else {
    failed = write_out(file, what.st_dev, what.st_ino);
  }
  pthread_mutex_unlock(&lock);
  return failed == 0 ? real(file) : -1;
}

int fsync(int file) { return sync_one(file, real_fsync); }

int fdatasync(int file) { return sync_one(file, real_fdatasync); }

int ftruncate64(int file, off64_t length) {
  struct stat what;
  if (is_ours(file, &what)) {
    pthread_mutex_lock(&lock);
    int failed = write_out(file, what.st_dev, what.st_ino);
    pthread_mutex_unlock(&lock);
    if (failed != 0) {
      return -1;
    }
  }
  return real_ftruncate(file, length);
}

int unlink(const char *path) {
  pthread_mutex_lock(&lock);
  forget_path(path);
  pthread_mutex_unlock(&lock);
  return real_unlink(path);
}

int rename(const char *from, const char *to) {
  pthread_mutex_lock(&lock);
  forget_path(to);
  pthread_mutex_unlock(&lock);
  return real_rename(from, to);
}

int statvfs64(const char *path, struct statvfs64 *into) {
  int failed = real_statvfs(path, into);
  if (failed == 0 && is_set(NO_SPACE)) {
    into->f_bavail = 0;
    into->f_bfree = 0;
  }
  return failed;
}
