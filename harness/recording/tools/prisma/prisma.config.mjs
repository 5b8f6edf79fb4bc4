import { PrismaPg } from "@prisma/adapter-pg";
import { defineConfig } from "prisma/config";

const [NAME, TEXT] = [19, 25];

/** Prisma 6 without the engine that its install script would download. */
export default defineConfig({
  schema: "prisma/schema.prisma",
  engine: "js",
  experimental: { adapter: true },
  adapter: async () => {
    const factory = new PrismaPg({ connectionString: process.env.DATABASE_URL });

    return {
      provider: factory.provider,
      adapterName: factory.adapterName,
      connectToShadowDb: () => factory.connectToShadowDb(),
      async connect() {
        const adapter = await factory.connect();
        const perform = adapter.performIO.bind(adapter);
        // The schema engine reads columns of the type name, which this adapter rejects (prisma/prisma#27403).
        adapter.performIO = async (query) => {
          const result = await perform(query);
          for (const field of result.fields) if (field.dataTypeID === NAME) field.dataTypeID = TEXT;

          return result;
        };

        return adapter;
      },
    };
  },
});
