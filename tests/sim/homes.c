#define _GNU_SOURCE

#include "world.h"

#include "base/fs.h"

#include <dirent.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 30)

static int64_t first_wall(void *context)
{
	(void)context;
	return HOMES_WALL_MS;
}

static int64_t first_steady(void *context)
{
	(void)context;
	return 0;
}

const struct clock homes_clock = { first_wall, first_steady, NULL };

static struct passphrase *passphrase(void)
{
	char text[] = "a passphrase for tests";
	struct passphrase *out = NULL;
	if (keystore_passphrase((uint8_t *)text, strlen(text), &out)) {
		fprintf(stderr, "sim: %s\n", err_text());
		exit(1);
	}
	return out;
}

enum err homes_open(const char *home, const struct clock *clock,
    const struct rng *rng, struct node **out)
{
	struct node_options options = {
		.home = home, .clock = clock, .rng = rng
	};
	struct passphrase *words = passphrase();
	struct buf path = { 0 };
	enum err err = fs_join(home, "keys", &path);
	if (err == ERR_OK) {
		err = keystore_open(buf_text(&path), words, &options.keystore);
	}
	passphrase_free(words);
	buf_clear(&path);
	return err != ERR_OK ? err : node_open(&options, out);
}

bool homes_make(
    const char *home, const struct node_profile *profile, const struct rng *rng)
{
	struct passphrase *words = passphrase();
	enum err err = node_create(
	    home, profile, words, KEYSTORE_CHEAP, &homes_clock, rng);
	passphrase_free(words);
	if (err != ERR_OK) {
		fprintf(stderr, "sim: no home: %s\n", err_text());
	}
	return err == ERR_OK;
}

enum err homes_introduce(struct node *node, struct node *other)
{
	struct peers_decision decision = { .accept_code = false };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	return peers_add(node, buf_span(&node_card(other)->signed_bytes),
	    &decision, &outcome, &peer);
}

static bool copy_file(const char *from, const char *to)
{
	struct buf bytes = { 0 };
	FILE *out = NULL;
	bool good = fs_read(from, FILE_MAX, &bytes) == ERR_OK;
	if (good) {
		out = fopen(to, "wb");
		good = out != NULL &&
		       fwrite(bytes.data, 1, bytes.size, out) == bytes.size;
	}
	if (out != NULL) {
		good = fclose(out) == 0 && good;
	}
	buf_clear(&bytes);
	return good && chmod(to, 0600) == 0;
}

bool homes_copy(const char *from, const char *to)
{
	DIR *list = opendir(from);
	bool good = list != NULL && mkdir(to, 0700) == 0;
	while (good) {
		const struct dirent *entry = readdir(list);
		if (entry == NULL) {
			break;
		}
		if (entry->d_name[0] != '.') {
			char a[512];
			char b[512];
			(void)snprintf(
			    a, sizeof(a), "%s/%s", from, entry->d_name);
			(void)snprintf(
			    b, sizeof(b), "%s/%s", to, entry->d_name);
			good = copy_file(a, b);
		}
	}
	if (list != NULL) {
		(void)closedir(list);
	}
	return good;
}

void homes_remove(const char *home)
{
	DIR *list = opendir(home);
	while (list != NULL) {
		const struct dirent *entry = readdir(list);
		if (entry == NULL) {
			break;
		}
		char path[512];
		(void)snprintf(
		    path, sizeof(path), "%s/%s", home, entry->d_name);
		(void)unlink(path);
	}
	if (list != NULL) {
		(void)closedir(list);
	}
	(void)rmdir(home);
}

static int remove_one(
    const char *path, const struct stat *about, int type, struct FTW *place)
{
	(void)about;
	(void)type;
	(void)place;
	return remove(path);
}

bool homes_directory(char *out, size_t size)
{
	const char *base = getenv("TMPDIR");
	if (access("/dev/shm", W_OK) == 0) {
		base = "/dev/shm";
	} else if (base == NULL) {
		base = "/tmp";
	}
	(void)snprintf(out, size, "%s/qsg-sim-XXXXXX", base);
	if (mkdtemp(out) == NULL) {
		perror("sim: no directory for the homes");
		return false;
	}
	return true;
}

void homes_remove_all(const char *directory)
{
	(void)nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
