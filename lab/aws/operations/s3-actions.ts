type ByMethod = Readonly<Partial<Record<string, string>>>;

const settings = (name: string, put = `Put${name}`): ByMethod => ({
  GET: `s3:Get${name}`,
  PUT: `s3:${put}`,
  DELETE: `s3:${put}`,
});

/** IAM action of a bucket request by its subresource ('' for none) and method. */
export const bucketActions: Readonly<Partial<Record<string, ByMethod>>> = {
  '': { GET: 's3:ListBucket', PUT: 's3:CreateBucket', DELETE: 's3:DeleteBucket' },
  accelerate: settings('AccelerateConfiguration'),
  acl: settings('BucketAcl'),
  cors: settings('BucketCORS'),
  encryption: settings('EncryptionConfiguration'),
  lifecycle: settings('LifecycleConfiguration'),
  location: { GET: 's3:GetBucketLocation' },
  logging: settings('BucketLogging'),
  notification: settings('BucketNotification'),
  'object-lock': settings('BucketObjectLockConfiguration'),
  ownershipControls: settings('BucketOwnershipControls'),
  policy: {
    GET: 's3:GetBucketPolicy',
    PUT: 's3:PutBucketPolicy',
    DELETE: 's3:DeleteBucketPolicy',
  },
  policyStatus: { GET: 's3:GetBucketPolicyStatus' },
  publicAccessBlock: settings('BucketPublicAccessBlock'),
  replication: settings('ReplicationConfiguration'),
  requestPayment: settings('BucketRequestPayment'),
  tagging: settings('BucketTagging'),
  uploads: { GET: 's3:ListBucketMultipartUploads' },
  versioning: settings('BucketVersioning'),
  versions: { GET: 's3:ListBucketVersions' },
  website: {
    GET: 's3:GetBucketWebsite',
    PUT: 's3:PutBucketWebsite',
    DELETE: 's3:DeleteBucketWebsite',
  },
};

interface ObjectActions {
  readonly current: string;
  /** With `versionId`; absent where the API has no such form. */
  readonly version?: string;
}

type ObjectByMethod = Readonly<Partial<Record<string, ObjectActions>>>;

export const objectActions: Readonly<Partial<Record<string, ObjectByMethod>>> = {
  '': {
    GET: { current: 's3:GetObject', version: 's3:GetObjectVersion' },
    PUT: { current: 's3:PutObject' },
    DELETE: { current: 's3:DeleteObject', version: 's3:DeleteObjectVersion' },
  },
  acl: {
    GET: { current: 's3:GetObjectAcl', version: 's3:GetObjectVersionAcl' },
    PUT: { current: 's3:PutObjectAcl', version: 's3:PutObjectVersionAcl' },
  },
  'legal-hold': {
    GET: { current: 's3:GetObjectLegalHold', version: 's3:GetObjectLegalHold' },
    PUT: { current: 's3:PutObjectLegalHold', version: 's3:PutObjectLegalHold' },
  },
  retention: {
    GET: { current: 's3:GetObjectRetention', version: 's3:GetObjectRetention' },
    PUT: { current: 's3:PutObjectRetention', version: 's3:PutObjectRetention' },
  },
  tagging: {
    GET: { current: 's3:GetObjectTagging', version: 's3:GetObjectVersionTagging' },
    PUT: { current: 's3:PutObjectTagging', version: 's3:PutObjectVersionTagging' },
    DELETE: { current: 's3:DeleteObjectTagging', version: 's3:DeleteObjectVersionTagging' },
  },
  uploads: { POST: { current: 's3:PutObject' } },
  uploadId: {
    GET: { current: 's3:ListMultipartUploadParts' },
    PUT: { current: 's3:PutObject' },
    POST: { current: 's3:PutObject' },
    DELETE: { current: 's3:AbortMultipartUpload' },
  },
};

/** Query parameters that refine a request without making it another one. */
export const plainParameters: ReadonlySet<string> = new Set([
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'list-type',
  'marker',
  'max-keys',
  'max-parts',
  'max-uploads',
  'part-number-marker',
  'partNumber',
  'prefix',
  'start-after',
  'upload-id-marker',
  'version-id-marker',
  'versionId',
  'x-id',
]);
