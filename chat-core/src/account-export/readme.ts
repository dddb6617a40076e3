/** What an export says of itself, first in Indonesian. */
export const README = `Data kamu di Bisik

account.json   profil, pengaturan, perangkat, dan pesan terjadwal
friends.json   teman, permintaan pertemanan, dan yang kamu blokir
chats/         satu berkas per chat: anggota dan pesan yang boleh kamu baca
files/         berkas dari pesan itu, dan foto profilmu
MISSING.txt    hanya ada kalau sebagian berkas tidak bisa dibaca

Waktu ditulis dalam UTC. Pesan yang dihapus, disembunyikan, atau kedaluwarsa tidak ada di sini, begitu juga pesan dari sebelum
kamu bergabung. Isi arsip ini tidak dienkripsi: simpan di tempat yang aman.


Your data on Bisik

account.json   profile, settings, devices and scheduled messages
friends.json   friends, friend requests and whom you have blocked
chats/         one file per chat: its members and the messages that you may read
files/         the files of those messages, and your profile picture
MISSING.txt    only there if some files could not be read

Times are in UTC. Messages that were deleted, hidden or have expired are not here, nor those from before you joined. This
archive is not encrypted: keep it in a safe place.
`;
