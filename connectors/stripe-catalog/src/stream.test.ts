import { expect, test } from "vitest";
import { allStreams, listStreams, readCatalog, type StripeStream } from "./index.ts";

const streams = listStreams();
const all = allStreams();
const nested = all.filter(({ parent }) => parent !== null);

function streamNamed(name: string): StripeStream | undefined {
  return all.find((stream) => stream.name === name);
}

const names = `
  accounts apple_pay_domains application_fees apps_installs balance_transactions billing_alerts billing_credit_grants
  billing_feedback_options billing_meters billing_portal_configurations charges checkout_sessions climate_orders
  climate_products climate_suppliers country_specs coupons credit_notes customers disputes entitlements_features events
  exchange_rates file_links files financial_connections_accounts forwarding_requests identity_verification_reports
  identity_verification_sessions invoice_payments invoice_rendering_templates invoiceitems invoices
  issuing_authorizations issuing_cardholders issuing_cards issuing_disputes issuing_personalization_designs
  issuing_physical_bundles issuing_transactions payment_intents payment_links payment_method_configurations
  payment_method_domains payment_methods payment_records payouts plans prices product_catalog_trial_offers products
  promotion_codes quotes radar_early_fraud_warnings radar_value_lists refunds reporting_report_runs
  reporting_report_types reviews setup_intents shipping_rates sigma_scheduled_query_runs subscription_schedules
  subscriptions tax_codes tax_ids tax_rates tax_registrations terminal_configurations terminal_locations
  terminal_readers test_helpers_test_clocks three_d_secure_authentications topups transfers
  treasury_financial_accounts webhook_endpoints`;

test("each v1 list that needs no parent is a stream", () => {
  expect(streams.map(({ name }) => name)).toEqual(names.trim().split(/\s+/));
});

test("names are unique and in snake case", () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(all.filter(({ name }) => !/^[a-z]+(_[a-z0-9]+)*$|^v2_[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
});

test.each(all.filter(({ json_schema }) => json_schema.anyOf === undefined))(
  "$name has its primary key, and what its created filter compares, in every item",
  (stream) => {
    const { json_schema, primary_key, created_field } = stream;
    expect(json_schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(json_schema.required).toEqual(expect.arrayContaining(primary_key));
    for (const key of primary_key) expect(json_schema.properties?.[key]).toEqual({ type: "string" });
    if (created_field === null) return;
    expect(stream.created_filter).toBe(true);
    expect(json_schema.required).toContain(created_field);
    const instant = { type: "integer", format: "unix-time" };
    const isV1 = stream.pagination === "v1_cursor";
    expect(json_schema.properties?.[created_field]).toEqual(isV1 ? instant : { type: "string", format: "date-time" });
  },
);

test("subscriptions are listed whole, and canceling one deletes nothing", () => {
  expect(streamNamed("subscriptions")).toMatchObject({
    path: "/v1/subscriptions",
    list_params: { status: "all" },
    created_field: "created",
    deletable: "never",
    retrieve_path: "/v1/subscriptions/{subscription}",
  });
});

test("the created filter may look at another field, or at one that items can lack", () => {
  expect(streamNamed("invoiceitems")).toMatchObject({ created_filter: true, created_field: "date" });
  expect(streamNamed("accounts")).toMatchObject({ created_filter: true, created_field: null });
  expect(streamNamed("quotes")).toMatchObject({ created_filter: false, created_field: null });
});

test("a deletion is told by an event, or by nothing", () => {
  expect(streamNamed("customers")?.deletable).toBe("with_event");
  expect(streamNamed("prices")?.deletable).toBe("with_event");
  expect(streamNamed("terminal_locations")?.deletable).toBe("silently");
  expect(streamNamed("charges")?.deletable).toBe("never");
});

test("only events about items of the list feed a stream", () => {
  expect(streamNamed("coupons")?.events).toEqual(["coupon.created", "coupon.deleted", "coupon.updated"]);
  expect(streamNamed("invoices")?.events).not.toContain("invoice.upcoming");
  expect(streamNamed("tax_ids")).toMatchObject({ events: [], deletable: "silently" });
});

test("the one list without pages says so", () => {
  expect(streams.filter(({ paged }) => !paged).map(({ name }) => name)).toEqual(["reporting_report_types"]);
});

const v2Names = `
  v2_commerce_product_catalog_imports v2_core_accounts v2_core_event_destinations v2_core_events
  v2_core_vault_gb_bank_accounts v2_core_vault_us_bank_accounts v2_money_management_adjustments
  v2_money_management_financial_accounts v2_money_management_financial_addresses
  v2_money_management_inbound_transfers v2_money_management_outbound_payments
  v2_money_management_outbound_setup_intents v2_money_management_payout_intents v2_money_management_payout_methods
  v2_money_management_received_credits v2_money_management_transaction_entries v2_money_management_transactions`;

test("each v2 list that needs no parent is a stream, with pages of twenty", () => {
  const v2 = all.filter(({ pagination }) => pagination === "v2_page_token");
  expect(v2.map(({ name }) => name)).toEqual(v2Names.trim().split(/\s+/));
  expect(new Set(v2.map(({ page_size }) => page_size))).toEqual(new Set([20]));
});

test("closed accounts come by a walk of their own", () => {
  expect(streamNamed("v2_core_accounts")).toMatchObject({ list_params: {}, more_passes: [{ closed: "true" }] });
});

test("a v2 list is fed by thin events", () => {
  const { events, thin_events } = streamNamed("v2_core_accounts") ?? {};
  expect(events).toEqual([]);
  expect(thin_events).toContain("v2.core.account.closed");
  expect(streamNamed("products")?.thin_events).toContain("v1.product.default_price_changed");
});

const nestedNames = `
  accounts_external_accounts application_fees_refunds checkout_sessions_line_items credit_notes_lines
  customers_sources customers_tax_ids invoices_lines payment_intents_amount_details_line_items
  payment_links_line_items quotes_computed_upfront_line_items quotes_line_items radar_value_lists_list_items
  subscriptions_items transfers_reversals`;

test("a list inside objects is a stream unless a top-level list shows its items anyway", () => {
  expect(nested.map(({ name }) => name)).toEqual(nestedNames.trim().split(/\s+/));
  const covered = readCatalog().nested_lists.filter(
    ({ parent, field }) => !nested.some((each) => each.parent?.object === parent && each.parent.field[0] === field[0]),
  );
  expect(covered.map(({ parent, field }) => `${parent} ${field.join(".")}`)).toEqual([
    "charge refunds",
    "customer subscriptions",
    "file links",
    "invoice payments",
  ]);
});

test("a nested list names its parent, where it stands in it, and the way to all of it", () => {
  expect(streamNamed("invoices_lines")).toMatchObject({
    path: "/v1/invoices/{invoice}/lines",
    parent: { stream: "invoices", field: ["lines"], always: true, key: "invoice_id", parameter: null },
  });
  expect(streamNamed("subscriptions_items")).toMatchObject({
    path: "/v1/subscription_items",
    parent: { stream: "subscriptions", field: ["items"], key: "subscription_id", parameter: "subscription" },
  });
  expect(streamNamed("quotes_computed_upfront_line_items")?.parent).toMatchObject({
    field: ["computed", "upfront", "line_items"],
    always: false,
    expand: "data.computed.upfront.line_items",
  });
});

test.each(nested)("$name leads to a list of the catalog", ({ path, parent }) => {
  const list = readCatalog().lists.find((each) => each.path === path);
  const parameters =
    parent?.parameter === null ? list?.path_params : [...(list?.required_query ?? []), ...(list?.filters ?? [])];
  expect(parameters).toEqual(expect.arrayContaining([parent?.parameter ?? expect.any(String)]));
});

test.each(nested)("$name has its parent's id as the first member of each item, which none has of its own", (stream) => {
  const { json_schema, object } = stream;
  const key = stream.parent?.key ?? "";
  const own = readCatalog().schemas[object];
  for (const schema of json_schema.anyOf ?? [json_schema]) {
    expect(Object.keys(schema.properties ?? {})[0]).toBe(key);
    expect(schema.properties?.[key]).toEqual({ type: "string" });
    expect(schema.required?.[0]).toBe(key);
  }
  for (const schema of own?.anyOf ?? [own]) expect(schema?.properties).not.toHaveProperty(key);
});

test("events of a nested list are its own and its parent's", () => {
  expect(streamNamed("customers_tax_ids")?.events).toEqual(
    expect.arrayContaining(["customer.tax_id.deleted", "customer.updated"]),
  );
  expect(streamNamed("invoices_lines")?.events).toEqual(streamNamed("invoices")?.events);
});

test.each([
  ["customers", []],
  ["invoices", []],
  ["events", []],
  ["payment_intents", ["no_update_event"]],
  ["charges", ["no_creation_event"]],
  ["balance_transactions", ["no_events"]],
  ["terminal_locations", ["no_events", "silent_deletes"]],
  ["accounts", ["no_creation_event", "silent_deletes", "unreliable_events"]],
  ["v2_core_accounts", []],
])("%s has to be listed again for these reasons: %j", (name, reasons) => {
  expect(streamNamed(name)?.relist).toEqual(reasons);
});

test("what a list hides for good is said", () => {
  expect(streamNamed("customers")?.hides).toEqual(["deleted", "on_test_clock"]);
  expect(streamNamed("charges")?.hides).toEqual([]);
});

test("what leaves a stub when it is deleted is said", () => {
  const stubs = all.filter(({ leaves_stub }) => leaves_stub).map(({ name }) => name);
  expect(stubs).toEqual(["customers", "terminal_configurations", "terminal_locations", "terminal_readers"]);
});
