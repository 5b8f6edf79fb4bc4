exports.up = ({ context }) => context.addIndex("bookings", ["guest"], { concurrently: true, name: "bookings_guest" });

exports.down = ({ context }) => context.removeIndex("bookings", "bookings_guest", { concurrently: true });
